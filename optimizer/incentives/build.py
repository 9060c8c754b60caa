"""Sound keys of ``incentive.toml`` → the rules of pay; numbers become exact decimals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from optimizer.incentives.plan import (
    PROPORTIONAL,
    Award,
    Bonus,
    Cap,
    Commission,
    Gate,
    Guarantee,
    Knot,
    Plan,
    Pool,
    Progress,
    Rank,
    Threshold,
    Tier,
)

Keys = Mapping[str, Any]


def exact(value: float) -> Decimal:
    """Return a number as the decimal that stands in the file."""
    return Decimal(repr(value))


def build_match(written: Any) -> dict[str, tuple[str, ...]]:
    """Return column → values it may take, from texts or lists of texts."""
    return {
        str(column): tuple(values) if isinstance(values, list) else (str(values),)
        for column, values in (written or {}).items()
    }


def build_threshold(written: float | str) -> Threshold:
    """Return where a tier begins."""
    if isinstance(written, str):
        return Threshold(level=written)
    return Threshold(exact(written))


def build_plan(keys: Keys) -> Plan:
    """Return one ``[[plan]]``."""
    cap, guarantee = keys.get("cap"), keys.get("guarantee")
    return Plan(
        name=keys["name"],
        match=build_match(keys.get("match")),
        of=keys.get("of", "rep"),
        basis=keys.get("basis", "period"),
        commissions=tuple(map(_commission, keys.get("commission", ()))),
        bonus=_bonus(keys["bonus"]) if "bonus" in keys else None,
        gates=tuple(map(_gate, keys.get("gate", ()))),
        cap=None if cap is None else _cap(cap),
        guarantee=None
        if guarantee is None
        else Guarantee(exact(guarantee["amount"]), guarantee["periods"]),
        paid=keys.get("paid", ""),
    )


def _commission(keys: Keys) -> Commission:
    tiers = tuple(
        Tier(build_threshold(tier["from"]), exact(tier["rate"])) for tier in keys["tiers"]
    )
    return Commission(
        mode=keys["mode"],
        tiers=tiers,
        products=tuple(dict.fromkeys(keys.get("products", ()))),
        measure=keys.get("measure", "amount"),
        per_unit=exact(keys["per_unit"]) if "per_unit" in keys else None,
    )


def _bonus(keys: Keys) -> Bonus:
    incentive, rank, progress = keys["target_incentive"], keys.get("rank"), keys.get("progress")
    return Bonus(
        target_incentive=incentive if isinstance(incentive, str) else exact(incentive),
        mode=keys["mode"],
        knots=tuple(Knot(exact(band["from"]), exact(band["multiplier"])) for band in keys["bands"]),
        rank=None if rank is None else _rank(rank),
        progress=None if progress is None else _progress(progress),
    )


def _rank(keys: Keys) -> Rank:
    return Rank(
        top=exact(keys["top"]),
        multiplier=exact(keys["multiplier"]),
        within=keys.get("within", "region"),
        start=exact(keys.get("from", 0)),
        min_group=keys.get("min_group", 1),
    )


def _progress(keys: Keys) -> Progress:
    return Progress(
        gain=exact(keys["gain"]),
        multiplier=exact(keys["multiplier"]),
        start=exact(keys.get("from", 0)),
    )


def _gate(keys: Keys) -> Gate:
    return Gate(
        metric=keys["metric"],
        below=exact(keys["below"]),
        factor=None if keys["factor"] == PROPORTIONAL else exact(keys["factor"]),
        missing=keys.get("missing", "error"),
    )


def _cap(keys: Keys) -> Cap:
    if "amount" in keys:
        return Cap(amount=exact(keys["amount"]))
    return Cap(of=keys["of"], times=exact(keys["times"]))


def build_pool(keys: Keys) -> Pool:
    """Return one ``[[pool]]``; the people of a table have no goal as a group."""
    of = keys.get("of", "team")
    return Pool(
        name=keys["name"],
        rate=exact(keys["rate"]),
        of=of,
        measured_against=keys.get("measured_against", "street" if of == "members" else "goal"),
        over=exact(keys.get("over", 1)),
        trigger=exact(keys.get("trigger", 1)),
        split=keys.get("split", "equal"),
        match=build_match(keys.get("match")),
        paid=keys.get("paid", ""),
    )


def build_award(keys: Keys) -> Award:
    """Return one ``[[award]]``."""
    return Award(
        name=keys["name"],
        metric=keys["metric"],
        at_least=exact(keys["at_least"]),
        periods=keys.get("periods", 1),
        consecutive=keys.get("consecutive", True),
        text=keys.get("text", ""),
        amount=exact(keys.get("amount", 0)),
        match=build_match(keys.get("match")),
        paid=keys.get("paid", ""),
    )
