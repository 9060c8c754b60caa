"""The locks that hold, who wanted them, and what each costs."""

from __future__ import annotations

import pandas as pd

from optimizer.domain.scenario import Scenario

COLUMNS = [
    "period", "region", "rep", "product", "amount", "owner", "reason", "expires", "price", "text",
]  # fmt: skip
_PLACES = ["period", "region", "rep", "product"]
_SMALLEST = 5e-7


def locks_table(scenario: Scenario, limits: pd.DataFrame, *, with_gap: bool) -> pd.DataFrame:
    """Return ``locks.csv``: every lock with its owner and what it costs.

    Parameters
    ----------
    scenario : Scenario
    limits : DataFrame
        ``limits.csv``.
    with_gap : bool
        Whether prices are of the gap rather than of fairness.
    """
    table = scenario.table("locks")
    if table is None or table.empty:
        return pd.DataFrame(columns=COLUMNS)
    price = _prices(limits)
    home = _homes(scenario)
    rows = []
    for period, region, rep, product, amount, owner, reason, expires in zip(
        *(table[name] for name in (*_PLACES, "amount", "owner", "reason", "expires")), strict=True
    ):
        place = [period or "*", home.get(rep, region) or "*", rep or "*", product or "*"]
        day = "" if pd.isna(expires) else expires.date().isoformat()
        worth = price.get(tuple(place), 0.0)
        text = _text(place, float(amount), owner, reason, day) + _cost(worth, with_gap=with_gap)
        rows.append([*place, float(amount), owner, reason, day, worth, text])
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values(_PLACES, kind="stable").reset_index(drop=True)


def _prices(limits: pd.DataFrame) -> dict[tuple[str, ...], float]:
    locks = limits[limits["kind"] == "lock"]
    places = zip(*(locks[name] for name in _PLACES), strict=True)
    return dict(zip(places, locks["shadow_price"].astype(float), strict=True))


def _homes(scenario: Scenario) -> dict[str, str]:
    people = scenario.table("people")
    return {} if people is None else dict(zip(people["rep"], people["region"], strict=True))


def _text(place: list[str], amount: float, owner: str, reason: str, day: str) -> str:
    where = " ".join(name for name in place if name != "*") or "everything"
    who = ": ".join(filter(None, (owner, reason)))
    said = ", ".join(filter(None, (who, f"until {day}" if day else "")))
    return f"{where} is locked at {amount:,.10g}" + (f" ({said})" if said else "")


def _cost(price: float, *, with_gap: bool) -> str:
    if abs(price) < _SMALLEST:
        return "; it costs nothing"
    way = "higher" if price > 0 else "lower"
    if with_gap:
        return f"; each unit {way} would close {abs(price):.4g} of the gap"
    return f"; each unit {way} would make the plan fairer by {abs(price):.4g}"
