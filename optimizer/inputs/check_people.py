"""Rules on people, their capacity, what they sold, and locks on their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.findings import number

SLICE = ["period", "region", "rep", "product"]
NEARLY_WHOLE = 1e-6
"""How far from a whole number of units typed decimals may be."""

Rule = Callable[[Case], Iterator[Finding]]


def least_below_most(case: Case) -> Iterator[Finding]:
    """Check that no row has a minimum above its maximum."""
    for name, low, high, what in (
        ("people", "min", "capacity", "min"),
        ("people", "min_total", "max_total", "min_total"),
        ("capacity", "min", "capacity", "min"),
        ("regions", "min_share", "max_share", "min_share"),
        ("products", "min_share", "max_share", "min_share"),
        ("periods", "min_share", "max_share", "min_share"),
        ("shares", "min_share", "max_share", "min_share"),
    ):
        table = case.tables.get(name)
        if table is None:
            continue
        less, more = table.numbers(low), table.numbers(high)
        lightest = _least_effort(case) if high == "capacity" else 1.0
        with np.errstate(invalid="ignore"):
            rows = less * lightest > more
        problem = _above(what, high, more)
        yield from table.listed(rows, low, problem, f"Lower {low} or raise {high}.")


def _least_effort(case: Case) -> float:
    """Return the effort of the lightest product, which a minimum may consist of."""
    products = case.tables.get("products")
    effort = np.ones(1) if products is None else products.numbers("effort")
    return float(np.where(np.isnan(effort), 1.0, effort).min(initial=1.0))


def _above(low: str, high: str, most: NDArray[np.float64]) -> Callable[[int], str]:
    return lambda position: f"{low} is above {high}, which is {number(float(most[position]))}"


def team_in_one_region(case: Case) -> Iterator[Finding]:
    """Check that a team lies in one region."""
    people = case.tables.get("people")
    if people is None:
        return
    named = people.frame[(people.text("team") != "") & (people.text("region") != "")]
    if named.empty:
        return
    pairs = named.drop_duplicates(["team", "region"])
    twice = pairs["team"].duplicated()
    if not twice.any():
        return
    first = pairs[~twice].set_index("team")["region"]
    home = people.text("team").map(first)
    strange = home.notna() & (home != people.text("region")) & (people.text("region") != "")
    yield from people.listed(
        strange.to_numpy(dtype=bool),
        "team",
        lambda at: f"the team lies in {home.iloc[at]} and in {people.text('region').iloc[at]}",
        "A team lies in one region: move the rep, or name two teams.",
    )


def people_on_leaves(case: Case) -> Iterator[Finding]:
    """Check that people sit on regions that no other region is below."""
    people, regions = case.tables.get("people"), case.tables.get("regions")
    if people is None or regions is None:
        return
    parents = regions.text("parent")
    rows = people.text("region").isin(parents[parents != ""]).to_numpy(dtype=bool)
    yield from people.listed(
        rows,
        "region",
        "the region has regions below it, and people sit on the lowest ones",
        "Name one of the regions below it.",
    )


def returns_below_sales(case: Case) -> Iterator[Finding]:
    """Check that returns do not outweigh sales of the same period, region, rep and product."""
    for name in ("history", "weekly"):
        table = case.tables.get(name)
        if table is None or not (table.numbers("amount") < 0).any():
            continue
        names = [
            column
            for column in ("period", "week", "date", "region", "team", "rep", "product")
            if column in table.frame
        ]
        frame = table.frame[[*names, "amount"]]
        if "date" in frame:
            frame = frame.assign(date=frame["date"].dt.to_period("M").astype("str"))
        total = frame.groupby(names, dropna=False)["amount"].transform("sum")
        rows = ((total < 0) & (frame["amount"] < 0)).to_numpy(dtype=bool)
        problem = "the amount is negative, and returns outweigh sales there"
        remedy = "Book returns against the sales they belong to, or leave the row out."
        yield from table.listed(rows, "amount", problem, remedy)


def capacity_needs_people(case: Case) -> Iterator[Finding]:
    """Check that a table about reps has a table of reps to go with it."""
    for name in ("capacity", "pool_members", "metrics"):
        if name in case.tables and "people" not in (*case.tables, *case.unread):
            problem = "there is no people table for these reps"
            yield case.tables[name].finding(0, "rep", "", problem, "Add people.csv.")


def locks_whole(case: Case) -> Iterator[Finding]:
    """Check that locked amounts are multiples of the rounding."""
    locks = case.tables.get("locks")
    unit = float(case.keys.get("rounding", 1.0))
    if locks is None or unit <= 0:
        return
    units = locks.numbers("amount") / unit
    with np.errstate(invalid="ignore"):
        rows = np.abs(units - np.round(units)) > NEARLY_WHOLE
    yield from locks.listed(
        rows,
        "amount",
        f"the amount is no multiple of the rounding {number(unit)}",
        lambda at: f"Write {number(round(float(units[at])) * unit)}, or use a smaller rounding.",
    )


def locks_agree(case: Case) -> Iterator[Finding]:
    """Check that a slice is not fixed to two amounts."""
    locks = case.tables.get("locks")
    if locks is None:
        return
    first = locks.frame.groupby(SLICE, sort=False)["amount"].transform("first")
    rows = (locks.frame["amount"].notna() & (locks.frame["amount"] != first)).to_numpy(dtype=bool)
    yield from locks.listed(
        rows,
        "amount",
        lambda at: f"the same slice is fixed to {number(float(first.iloc[at]))} in another row",
        "Keep one of the two locks.",
    )


def locks_fit_reps(case: Case) -> Iterator[Finding]:
    """Check that a lock on a rep names the rep's region and a product the rep sells."""
    locks, people = case.tables.get("locks"), case.tables.get("people")
    if locks is None or people is None:
        return
    rows = people.frame[people.text("rep").isin(locks.text("rep"))].drop_duplicates("rep")
    home = dict(zip(rows["rep"], rows["region"], strict=True))
    sold = dict(zip(rows["rep"], rows["products"], strict=True))
    above = _ancestors(case)
    named = [tuple(map(str, row)) for row in locks.frame[["rep", "region", "product"]].to_numpy()]
    elsewhere = [
        rep in home and bool(region) and region not in above.get(home[rep], {home[rep]})
        for rep, region, _ in named
    ]
    unsold = [
        bool(product and sold.get(rep)) and product not in sold[rep].split(";")
        for rep, _, product in named
    ]
    yield from locks.listed(
        np.array(elsewhere, dtype=bool),
        "region",
        lambda at: f"the rep works in {home[named[at][0]]}, not here",
        lambda at: f"Write {home[named[at][0]]} or leave the cell blank.",
    )
    yield from locks.listed(
        np.array(unsold, dtype=bool),
        "product",
        lambda at: f"the rep {named[at][0]} does not sell this product",
        lambda at: f"The rep sells {sold[named[at][0]]}: change the lock, or the rep's products.",
    )


def _ancestors(case: Case) -> dict[str, set[str]]:
    """Return each region with itself and all regions above it."""
    regions = case.tables.get("regions")
    if regions is None:
        return {}
    pairs = regions.frame[["region", "parent"]].to_numpy().tolist()
    parent: dict[str, str] = dict(pairs)
    above: dict[str, set[str]] = {}
    for region in parent:
        chain: set[str] = set()
        node = region
        while node and node not in chain:
            chain.add(node)
            node = parent.get(node, "")
        above[region] = chain
    return above


RULES: tuple[Rule, ...] = (
    least_below_most,
    team_in_one_region,
    people_on_leaves,
    returns_below_sales,
    capacity_needs_people,
    locks_whole,
    locks_agree,
    locks_fit_reps,
)
