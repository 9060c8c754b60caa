"""Funnels: which steps lead to a deal, at which rates, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.labels import region_parents
from optimizer.domain.scenario import Scenario
from optimizer.incentives.match import below, matching
from optimizer.inputs.settings import MAIN
from optimizer.problem.instance import Ints

NOBODY = -1
"""In place of a funnel, where a seat has none."""

Owner = tuple[str, str, str]
"""Rep, role and region that a row of the table ``activity`` names; blank means all."""


@dataclass(frozen=True)
class Funnel:
    """The steps that lead to a deal.

    Attributes
    ----------
    steps : tuple of str
        In order; the last one is the deal.
    conversion : tuple of Fraction or None
        Share of each step that becomes the next, above 0, at most 1; None where it is unknown.
    deal_size : Fraction or None
        Mean amount of a deal in the scenario's unit, above 0; None where it is unknown.
    """

    steps: tuple[str, ...]
    conversion: tuple[Fraction | None, ...]
    deal_size: Fraction | None

    @property
    def missing(self) -> str:
        """What the funnel lacks, in words; empty where it is whole."""
        for step, rate in zip(self.steps, self.conversion, strict=False):
            if rate is None:
                return f"no conversion of {step}"
        return "no deal size" if self.deal_size is None else ""


@dataclass(frozen=True)
class Assigned:
    """Which funnel each seat works by.

    Attributes
    ----------
    funnels : tuple of Funnel
        All of them whole.
    of_seat : (seat,) ints
        Positions in `funnels`; `NOBODY` for a seat without one.
    reasons : mapping of reason to names of seats
        Why seats have none.
    """

    funnels: tuple[Funnel, ...]
    of_seat: Ints
    reasons: Mapping[str, tuple[str, ...]]


def has_funnels(scenario: Scenario) -> bool:
    """Tell whether a scenario says how deals come about, for its own measure."""
    return bool(_written(scenario)) or _rows(scenario) is not None


def assign_funnels(scenario: Scenario, rep: np.ndarray, region: np.ndarray) -> Assigned:
    """Return the funnel of each seat.

    The first ``[[funnel]]`` that matches counts. Rows of the table ``activity`` take the place
    of its rates: a row that names the rep before one of the role, that before one of the region
    (or of one above it), that before one for all.

    Parameters
    ----------
    scenario : Scenario
    rep, region : (seat,) objects
        Rep is blank in a plan without people.
    """
    templates = _templates(scenario)
    first = _first_match(scenario, rep, region)
    rates = _rates(_rows(scenario))
    roles, chains = _roles(scenario), _chains(scenario)
    found: dict[Funnel, int] = {}
    known: dict[tuple[int, Owner], Funnel] = {}
    reasons: dict[str, list[str]] = {}
    of_seat = np.full(len(rep), NOBODY, dtype=np.int64)
    named = {owner[0] for owner, _ in rates}
    for seat, (who, where, number) in enumerate(zip(rep, region, first.tolist(), strict=True)):
        funnel, name = None, str(who or where)
        if number != NOBODY:
            owner = (str(who) if who in named else "", roles.get(str(who), ""), str(where))
            funnel = known.get((number, owner))
            if funnel is None:
                chain = chains.get(str(where), (str(where),))
                funnel = _with_rates(templates[number], rates, owner, chain)
                known[number, owner] = funnel
        reason = "no [[funnel]] matches" if funnel is None else funnel.missing
        if reason or funnel is None:
            reasons.setdefault(reason, []).append(name)
        else:
            of_seat[seat] = found.setdefault(funnel, len(found))
    return Assigned(tuple(found), of_seat, {why: tuple(who) for why, who in reasons.items()})


def exact_rate(value: float) -> Fraction:
    """Return a number as the decimal it was written as."""
    return Fraction(repr(float(value)))


def _written(scenario: Scenario) -> list[Mapping[str, Any]]:
    """Return the funnels of a scenario that are for its own measure."""
    blocks: list[Mapping[str, Any]] = scenario.settings.other.get("funnel", [])
    return [one for one in blocks if one.get("measure", MAIN) == scenario.settings.measure]


def _rows(scenario: Scenario) -> pd.DataFrame | None:
    """Return the table ``activity``; it is about the main measure."""
    return scenario.table("activity") if scenario.settings.measure == MAIN else None


def _templates(scenario: Scenario) -> list[Funnel]:
    """Return the funnels as written; where there are none, the steps of the table in its order."""
    written = _written(scenario)
    if written:
        return [_of_block(block) for block in written]
    rows = _rows(scenario)
    steps = () if rows is None else tuple(dict.fromkeys(map(str, rows.sort_index()["step"])))
    return [Funnel(steps, (None,) * (len(steps) - 1), None)] if steps else []


def _of_block(block: Mapping[str, Any]) -> Funnel:
    steps = tuple(block["steps"])
    given = [exact_rate(rate) for rate in block.get("conversion", [])]
    size = exact_rate(block["deal_size"]) if "deal_size" in block else None
    return Funnel(steps, tuple(given) if given else (None,) * (len(steps) - 1), size)


def _first_match(scenario: Scenario, rep: np.ndarray, region: np.ndarray) -> Ints:
    """Return the number of the first funnel that matches each seat."""
    written = _written(scenario)
    if not written:
        return np.full(len(rep), 0 if _rows(scenario) is not None else NOBODY, dtype=np.int64)
    first = np.full(len(rep), NOBODY, dtype=np.int64)
    people = scenario.table("people")
    for number in reversed(range(len(written))):
        match = {
            column: tuple(value) if isinstance(value, list) else (value,)
            for column, value in written[number].get("match", {}).items()
        }
        if people is None:
            regions = (
                below(match.get("region", ()), scenario) if set(match) == {"region"} else set()
            )
            chosen = np.isin(region.astype(str), sorted(regions)) | (not match)
        else:
            place = pd.Index(people["rep"]).get_indexer(pd.Index(rep))
            chosen = matching(match, scenario)[place] & (place >= 0)
        first[chosen] = number
    return first


def _roles(scenario: Scenario) -> dict[str, str]:
    people = scenario.table("people")
    if people is None:
        return {}
    return dict(zip(people["rep"].astype(str), people["role"].astype(str), strict=True))


def _chains(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return each region with all regions above it, the lowest first."""
    parents, chains = region_parents(scenario), {}
    for region in parents:
        chain, above = [], region
        while above and above not in chain:
            chain.append(above)
            above = parents.get(above, "")
        chains[region] = tuple(chain)
    return chains


Rates = dict[tuple[Owner, str], tuple[Fraction | None, Fraction | None]]
"""Owner and step → conversion and deal size."""


def _rates(rows: pd.DataFrame | None) -> Rates:
    if rows is None:
        return {}
    names = [rows[column].astype(str).tolist() for column in ("rep", "role", "region", "step")]
    numbers = [rows[column].tolist() for column in ("conversion", "deal_size")]
    return {
        ((rep, role, region), step): (
            None if rate != rate else exact_rate(rate),
            None if size != size else exact_rate(size),
        )
        for rep, role, region, step, rate, size in zip(*names, *numbers, strict=True)
    }


def _owners(owner: Owner, chain: tuple[str, ...]) -> Iterator[Owner]:
    """Yield what a row may name to be about a seat, the nearest first."""
    rep, role, _ = owner
    for who in (rep, "") if rep else ("",):
        for what in (role, "") if role else ("",):
            for where in (*chain, ""):
                yield who, what, where


def _with_rates(funnel: Funnel, rates: Rates, owner: Owner, chain: tuple[str, ...]) -> Funnel:
    """Return a funnel with the rates of a seat in place of its own."""
    if not rates:
        return funnel
    conversion, size = list(funnel.conversion), funnel.deal_size
    for number, step in enumerate(funnel.steps):
        given = [rates[own, step] for own in _owners(owner, chain) if (own, step) in rates]
        rate = next((one for one, _ in given if one is not None), None)
        if rate is not None and number < len(conversion):
            conversion[number] = rate
        own_size = next((one for _, one in given if one is not None), None)
        if number == len(conversion) and own_size is not None:
            size = own_size
    return replace(funnel, conversion=tuple(conversion), deal_size=size)
