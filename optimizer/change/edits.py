"""The same scenario with one thing changed.

Every function copies; the scenario it was given stays as it is. ``*`` stands for all. The
result is what the loader would return had the files said so; what the loader would refuse is
refused here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from optimizer.change.locks import remove_lock, set_lock
from optimizer.change.people import add_rep, set_products, set_year_limits
from optimizer.change.rows import check_places, figure_set, written
from optimizer.change.tables import ALL, check_label, checked_number, slice_text
from optimizer.domain.labels import product_names, region_parents
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import table_of
from optimizer.errors import InputError
from optimizer.inputs.edited import BANDS, GOAL, NAMES, refuse

__all__ = [
    "BUFFERS",
    "SHARES",
    "add_rep",
    "remove_lock",
    "set_buffer",
    "set_capacity",
    "set_goal",
    "set_lock",
    "set_minimum",
    "set_potential",
    "set_products",
    "set_share",
    "set_year_limits",
]

BUFFERS = ("potential", "capacity", "over_assignment_region", "over_assignment_rep")
SHARES = {
    "period_share": "periods",
    "product_share": "products",
    "region_share": "regions",
    "share": "shares",
}
"""Kinds of shares, as ``limits.csv`` calls them, and the table of each."""


def set_goal(scenario: Scenario, target: float) -> Scenario:
    """Set the goal; floor and stretch given as amounts keep their ratio to it.

    Raises
    ------
    InputError
        For a target that is not above 0, or amounts beside a goal that is growth on a base:
        their ratio is not known before history is read.
    """
    target = checked_number("the goal", target)
    if target == 0:
        raise InputError("the goal is 0, and must be above 0")
    goal = scenario.settings.goal
    levels = {name: getattr(goal, name) for name in ("floor", "stretch")}
    given = {name: amount for name, amount in levels.items() if amount is not None}
    if given and goal.target is None:
        raise InputError(
            f"the goal is growth on a base, so {' and '.join(given)} cannot keep a ratio to it: "
            "give them as [levels] instead"
        )
    scaled = {name: amount * target / (goal.target or 1.0) for name, amount in given.items()}
    goal = replace(goal, target=target, growth=None, base=(), **scaled)
    changed = replace(scenario, settings=replace(scenario.settings, goal=goal))
    refuse(changed, "the goal", GOAL, {})
    return changed


def set_buffer(scenario: Scenario, name: str, share: float) -> Scenario:
    """Set what is kept back of potential or capacity, or an over-assignment.

    Parameters
    ----------
    scenario : Scenario
    name : str
        One of `BUFFERS`.
    share : float
        At least 0; what is kept back is below 1.

    Raises
    ------
    InputError
    """
    check_label("buffer", name, BUFFERS)
    share = checked_number(f"the buffer {name}", share)
    if name in ("potential", "capacity") and share >= 1:
        raise InputError(f"the buffer {name} is {share:g}, and must be below 1")
    buffers = replace(scenario.settings.buffers, **{name: share})
    return replace(scenario, settings=replace(scenario.settings, buffers=buffers))


def set_share(
    scenario: Scenario,
    kind: str,
    share: float | None = None,
    min_share: float | None = None,
    max_share: float | None = None,
    *,
    period: str = ALL,
    region: str = ALL,
    product: str = ALL,
) -> Scenario:
    """Set the share of a period, product, region or slice, or the bounds of its band.

    Parameters
    ----------
    scenario : Scenario
    kind : str
        One of `SHARES`.
    share, min_share, max_share : float, optional
        What to write; what is left out stays.
    period, region, product : str
        Which; of a period, product or region only its own name counts.

    Raises
    ------
    InputError
        For an unknown name, a bound outside 0 to 1, a new slice without its share, or shares
        that do not go together.
    """
    check_label("kind of share", kind, tuple(SHARES))
    given = {"share": share, "min_share": min_share, "max_share": max_share}
    bounds = {column.name: column.high for column in table_of(SHARES[kind]).columns}
    values = {
        name: checked_number(name, value, bounds[name])
        for name, value in given.items()
        if value is not None
    }
    places = {"period": period, "region": region, "product": product}
    check_places(scenario, places)
    if kind == "share":
        if all(name == ALL for name in places.values()):
            raise InputError("a share of a slice names a period, a region or a product")
        changed = written(scenario, "shares", places, values, needs=("share",))
        tables = {name: changed.table(name) for name in ("shares", "regions", "products")}
        refuse(changed, f"the share of {slice_text(places)}", BANDS, tables)
        return changed
    own = kind.removesuffix("_share")
    if places[own] == ALL:
        raise InputError(f"say which {own} has the share")
    changed = _with_share(scenario, own, places[own], values)
    what = f"the share of {places[own]}"
    refuse(changed, what, BANDS, {SHARES[kind]: changed.table(SHARES[kind])})
    if scenario.table(SHARES[kind]) is None:
        refuse(changed, what, NAMES, changed.tables)
    return changed


def _with_share(scenario: Scenario, own: str, name: str, values: Mapping[str, float]) -> Scenario:
    """Return the scenario with values in the row of a period, product or region."""
    rows: list[dict[str, Any]] = {
        "period": [{"period": name} for name in scenario.settings.periods],
        "product": [{"product": name} for name in product_names(scenario)],
        "region": [
            {"region": name, "parent": parent} for name, parent in region_parents(scenario).items()
        ],
    }[own]
    return written(scenario, f"{own}s", {own: name}, values, rows=rows)


def set_potential(
    scenario: Scenario,
    amount: float,
    *,
    period: str = ALL,
    region: str = ALL,
    product: str = ALL,
) -> Scenario:
    """Set the potential of exactly this slice, before the buffer is kept back.

    Raises
    ------
    InputError
        For an unknown name or a negative amount.
    """
    amount = checked_number("the potential", amount)
    places = {"period": period, "region": region, "product": product}
    check_places(scenario, places)
    return written(scenario, "potential", places, {"potential": amount})


def set_capacity(scenario: Scenario, rep: str, amount: float, period: str = ALL) -> Scenario:
    """Set the capacity of a rep.

    For all periods it is the figure of `people`, per period and ramped, and takes the place of
    figures for single periods; for one period it is the final figure of ``capacity``, not
    ramped. The buffer is kept back from both.

    Raises
    ------
    InputError
        For an unknown name or a negative amount.
    """
    return figure_set(scenario, "capacity", rep, amount, period)


def set_minimum(scenario: Scenario, rep: str, amount: float, period: str = ALL) -> Scenario:
    """Set the least target of a rep, ramped or final as in `set_capacity`.

    Raises
    ------
    InputError
        For an unknown name or a negative amount.
    """
    return figure_set(scenario, "min", rep, amount, period)
