"""The same scenario with one thing changed.

Every function copies; the scenario it was given stays as it is. ``*`` stands for all. The
result is what the loader would return had the files said so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from optimizer.change.rows import check_places, figure_set, locked, people_of, written
from optimizer.change.tables import (
    ALL,
    appended,
    check_label,
    check_number,
    labels_of,
    put,
    table_or_new,
    with_table,
)
from optimizer.domain.labels import product_names, region_parents
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import PASSED_THROUGH, PEOPLE
from optimizer.errors import InputError

BUFFERS = ("potential", "capacity", "over_assignment_region", "over_assignment_rep")
SHARES = ("period_share", "product_share", "region_share", "share")
"""Kinds of shares, as ``limits.csv`` calls them."""


def set_goal(scenario: Scenario, target: float) -> Scenario:
    """Set the goal; floor and stretch given as amounts keep their ratio to it.

    Raises
    ------
    InputError
        For a target that is not above 0, or amounts beside a goal that is growth on a base:
        their ratio is not known before history is read.
    """
    check_number("the goal", target)
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
    changed = replace(goal, target=target, growth=None, base=(), **scaled)
    return replace(scenario, settings=replace(scenario.settings, goal=changed))


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
    check_number(f"the buffer {name}", share)
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
        For an unknown name, a bound outside 0 to 1, or a new slice without its share.
    """
    check_label("kind of share", kind, SHARES)
    values = {"share": share, "min_share": min_share, "max_share": max_share}
    values = {name: value for name, value in values.items() if value is not None}
    for name, value in values.items():
        check_number(name, float(value or 0.0), *(() if name == "share" else (1.0,)))
    places = {"period": period, "region": region, "product": product}
    check_places(scenario, places)
    if kind == "share":
        if all(name == ALL for name in places.values()):
            raise InputError("a share of a slice names a period, a region or a product")
        return written(scenario, "shares", places, values, needs=("share",))
    own = kind.removesuffix("_share")
    if places[own] == ALL:
        raise InputError(f"say which {own} has the share")
    rows: list[dict[str, Any]] = {
        "period": [{"period": name} for name in scenario.settings.periods],
        "product": [{"product": name} for name in product_names(scenario)],
        "region": [
            {"region": name, "parent": parent} for name, parent in region_parents(scenario).items()
        ],
    }[own]
    return written(scenario, f"{own}s", {own: places[own]}, values, rows=rows)


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
    check_number("the potential", amount)
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


def set_products(scenario: Scenario, rep: str, products: Sequence[str]) -> Scenario:
    """Set what a rep sells; no products means all.

    Raises
    ------
    InputError
        For an unknown rep or product.
    """
    people = people_of(scenario, rep)
    known = product_names(scenario)
    for product in products:
        check_label("product", product, known)
    listed = ";".join(dict.fromkeys(products))
    return with_table(scenario, "people", put(people, people["rep"] == rep, {"products": listed}))


def add_rep(scenario: Scenario, rep: str, region: str, **columns: Any) -> Scenario:
    """Add a rep, or an open position.

    Parameters
    ----------
    scenario : Scenario
    rep : str
        A new name.
    region : str
        A leaf of the region tree.
    **columns
        Further columns of `people`; ``products`` as a list or a text with ``;``.

    Raises
    ------
    InputError
    """
    people = table_or_new(scenario, "people")
    if not rep or rep == ALL or (people["rep"] == rep).any():
        raise InputError(f"a new rep needs a new name, and {rep or 'a blank'} is none")
    parents = region_parents(scenario)
    check_label("region", region, tuple(parents))
    if region in parents.values():
        raise InputError(f"people sit on the lowest regions, and {region} has regions below it")
    known = (*PEOPLE.names, *(str(name) for name in people.columns))
    for name in columns:
        if name not in known:
            own = f" Columns of your own begin with {PASSED_THROUGH}."
            raise InputError(f"people have no column {name}. {meant(name, known)}{own}")
    if not isinstance(columns.get("products", ""), str):
        columns = {**columns, "products": ";".join(columns["products"])}
    for product in filter(None, str(columns.get("products", "")).split(";")):
        check_label("product", product, product_names(scenario))
    row = {"rep": rep, "region": region, **columns}
    return with_table(scenario, "people", appended("people", people, row))


def set_lock(
    scenario: Scenario,
    amount: float,
    *,
    period: str = ALL,
    region: str = ALL,
    rep: str = ALL,
    product: str = ALL,
    owner: str = "",
    reason: str = "",
    expires: dt.date | None = None,
) -> Scenario:
    """Fix a slice to an amount, in place of any lock on exactly that slice.

    A rep sits in one region, so a lock on a rep is the same whatever region it names.

    Raises
    ------
    InputError
        For an unknown name or a negative amount.
    """
    check_number("the lock", amount)
    as_of = scenario.settings.as_of
    if expires is not None and as_of is not None and expires < as_of:
        raise InputError(f"a lock until {expires} has expired: the scenario is as of {as_of}")
    places = {"period": period, "region": region, "rep": rep, "product": product}
    check_places(scenario, places)
    locks = table_or_new(scenario, "locks")
    kept = locks[~locked(locks, places)]
    row = {
        **labels_of(places), "amount": amount, "owner": owner, "reason": reason, "expires": expires,
    }  # fmt: skip
    return with_table(scenario, "locks", appended("locks", kept, row))


def remove_lock(
    scenario: Scenario,
    *,
    period: str = ALL,
    region: str = ALL,
    rep: str = ALL,
    product: str = ALL,
) -> Scenario:
    """Remove the lock on exactly this slice.

    Raises
    ------
    InputError
        For an unknown name, or where there is no such lock.
    """
    places = {"period": period, "region": region, "rep": rep, "product": product}
    check_places(scenario, places)
    locks = table_or_new(scenario, "locks")
    chosen = locked(locks, places)
    if not chosen.any():
        named = ", ".join(f"{column} {name}" for column, name in places.items() if name != ALL)
        raise InputError(f"there is no lock on exactly {named or 'everything'}")
    return with_table(scenario, "locks", locks[~chosen])
