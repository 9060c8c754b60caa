"""Rules on shares and their bands, and on the tree of regions that they follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.nearest import meant
from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.findings import Typed, number, shown

SLACK = 1e-9
"""How far sums of typed decimals may be off."""

NOTED = 0.005
"""From this difference on, shares that do not add up to 1 are noted."""

MOST_ABOVE = 100
"""Regions that may lie above one; no company has as many levels."""

Floats = NDArray[np.float64]
Rule = Callable[[Case], Iterator[Finding]]


@dataclass(frozen=True)
class Siblings:
    """Rows of a table whose shares are parts of one whole.

    Attributes
    ----------
    table : Typed
    rows : (sibling,) ints
        Positions in the table.
    whole : str
        What they are parts of, in words.
    complete : bool
        Whether every part of the whole is among them.
    columns : mapping of column to (row,) floats
        Shares and their bounds, of the whole table.
    """

    table: Typed
    rows: NDArray[np.int64]
    whole: str
    complete: bool
    columns: Mapping[str, Floats]

    def numbers(self, column: str) -> Floats:
        """Return a column of these rows."""
        return self.columns[column][self.rows]

    def finding(
        self, column: str, value: float, problem: str, remedy: str, severity: str = "error"
    ) -> Finding:
        """Return a finding about all of these rows."""
        return self.table.finding(0, column, shown(value), problem, remedy, severity)


def _siblings(case: Case) -> Iterator[Siblings]:
    """Yield the siblings of products, periods, and each parent region."""
    for name in ("products", "periods"):
        table = case.tables.get(name)
        if table is not None and len(table.frame):
            complete = name == "products" or set(table.text("period")) >= set(case.periods)
            rows = np.arange(len(table.frame))
            yield Siblings(table, rows, "the goal", complete, _columns(table))
    regions = case.tables.get("regions")
    if regions is not None:
        columns = _columns(regions)
        for name, rows in _groups(regions.text("parent")):
            whole = f"the region {name}" if name else "the goal"
            yield Siblings(regions, rows, whole, True, columns)


def _columns(table: Typed) -> dict[str, Floats]:
    """Return shares and their bounds."""
    return {name: table.numbers(name) for name in ("share", "min_share", "max_share")}


def _groups(labels: pd.Series[Any]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield each different label, in order, with the positions where it stands."""
    codes, names = pd.factorize(labels, sort=True)
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    start = 0
    for name, end in zip(map(str, names), ends.tolist(), strict=True):
        yield name, order[start:end]
        start = end


def shares_fit_whole(case: Case) -> Iterator[Finding]:
    """Check that siblings' shares, minimum shares and maximum shares can add up to 1."""
    for siblings in _siblings(case):
        yield from _given(siblings)
        low, high = siblings.numbers("min_share"), siblings.numbers("max_share")
        least = float(np.nansum(low))
        if least > 1 + SLACK:
            problem = f"the minimum shares of {siblings.whole} add up to more than 1"
            remedy = "Lower some of them until they add up to 1 at most."
            yield siblings.finding("min_share", least, problem, remedy)
        most = float(np.sum(high))
        if siblings.complete and most < 1 - SLACK:
            problem = f"the maximum shares of {siblings.whole} add up to less than 1"
            remedy = "Raise some of them until they add up to 1 at least."
            yield siblings.finding("max_share", most, problem, remedy)


def _given(siblings: Siblings) -> Iterator[Finding]:
    """Check the shares themselves."""
    share = siblings.numbers("share")
    total = float(np.nansum(share))
    blank = np.isnan(share)
    if blank.all():
        return
    if blank.any() or not siblings.complete:
        if total >= 1 - SLACK and blank.any():
            problem = f"the shares given of {siblings.whole} leave nothing for the blank ones"
            remedy = "Lower them to less than 1 together, or fill in all of them."
            yield siblings.finding("share", total, problem, remedy)
    elif total <= 0:
        problem = f"all shares of {siblings.whole} are 0"
        yield siblings.finding("share", total, problem, "Give at least one of them a share.")
    elif abs(total - 1) > NOTED:
        problem = f"the shares of {siblings.whole} add up to {number(total)}; they are scaled to 1"
        remedy = "Nothing to do if they are amounts or parts of another total."
        yield siblings.finding("share", total, problem, remedy, "note")


def shares_in_own_bands(case: Case) -> Iterator[Finding]:
    """Check that a share lies within the bounds of its own row."""
    scaled: dict[str, Floats] = {}
    for siblings in _siblings(case):
        name, share = siblings.table.table.name, siblings.numbers("share")
        total = float(np.sum(share))
        if abs(total - 1) > NOTED and total > 0:
            share = share / total
        whole = scaled.setdefault(name, siblings.columns["share"].copy())
        whole[siblings.rows] = share
    for name, share in scaled.items():
        yield from _outside(case.tables[name], share)
    shares = case.tables.get("shares")
    if shares is not None:
        yield from _outside(shares, shares.numbers("share"))


def _outside(table: Typed, share: Floats) -> Iterator[Finding]:
    for column, word, sign in (("min_share", "below", 1.0), ("max_share", "above", -1.0)):
        with np.errstate(invalid="ignore"):
            outside = sign * (table.numbers(column) - share) > SLACK
        problem = f"the share is {word} the row's own {column}"
        yield from table.listed(outside, "share", problem, f"Change the share or {column}.")


def slices_fit_whole(case: Case) -> Iterator[Finding]:
    """Check that the bands of slices of one whole can add up."""
    table = case.tables.get("shares")
    if table is None:
        return
    named = {name: table.text(name) != "" for name in ("product", "region", "period")}
    first = np.select([values.to_numpy() for values in named.values()], list(named), "")
    part = pd.Series(first, index=table.frame.index)
    whole = table.frame[["period", "region", "product"]].copy()
    for name in named:
        whole.loc[part == name, name] = "*"
    parent = _parents(case, table)
    whole = whole.assign(part=part, parent=parent)
    group = whole.groupby(["part", "period", "region", "product", "parent"], sort=True).ngroup()
    for _, rows in _groups(group):
        yield from _slices(case, table, str(part.iloc[rows[0]]), rows)


def _parents(case: Case, table: Typed) -> pd.Series[str]:
    """Return the parent of each row's region: only regions below one parent are parts of a sum."""
    regions = case.tables.get("regions")
    parent: dict[str, str] = {}
    if regions is not None:
        parent = dict(zip(regions.text("region"), regions.text("parent"), strict=True))
    named = [parent.get(name, "") for name in table.text("region")]
    return pd.Series(named, index=table.frame.index, dtype="str")


def _slices(case: Case, table: Typed, kind: str, rows: NDArray[np.int64]) -> Iterator[Finding]:
    """Check the slices of one whole."""
    if not kind:
        return
    tolerance = case.keys.get("tolerance", {}).get(kind, 0.0)
    share, low, high = (table.numbers(name)[rows] for name in ("share", "min_share", "max_share"))
    low = np.where(np.isnan(low), np.maximum(share - tolerance, 0.0), low)
    high = np.where(np.isnan(high), np.minimum(share + tolerance, 1.0), high)
    where = ", ".join(
        value
        for name in ("period", "region", "product")
        if name != kind and (value := str(table.text(name).iloc[rows[0]]))
    )
    whole = where or "the goal"
    least, most = float(np.nansum(low)), float(np.nansum(high))
    complete = set(table.text(kind).iloc[rows]) >= _all(case, kind)
    siblings = Siblings(table, rows, whole, complete, _columns(table))
    if least > 1 + SLACK:
        problem = f"the least shares of the slices of {whole} add up to more than 1"
        yield siblings.finding("share", least, problem, "Lower some of them.")
    if siblings.complete and most < 1 - SLACK:
        problem = f"the largest shares of the slices of {whole} add up to less than 1"
        yield siblings.finding("share", most, problem, "Raise some of them.")


def _all(case: Case, kind: str) -> set[str]:
    """Return all labels of a dimension, or one that no table has where they are not listed."""
    if kind == "period" and case.periods:
        return set(case.periods)
    products = case.tables.get("products")
    if kind == "product" and products is not None:
        return set(products.text("product"))
    return {"*"}


def tree_sound(case: Case) -> Iterator[Finding]:
    """Check that every parent is a region, and no region is above itself."""
    regions = case.tables.get("regions")
    if regions is None:
        return
    names, parents = regions.text("region"), regions.text("parent")
    itself = ((names == parents) & (names != "")).to_numpy(dtype=bool)
    problem = "the region is its own parent"
    remedy = "Name the region above it, or leave the cell blank."
    yield from regions.listed(itself, "parent", problem, remedy)
    unknown = ((parents != "") & ~parents.isin(names)).to_numpy(dtype=bool)
    known = names.tolist()
    yield from regions.listed(
        unknown,
        "parent",
        "the parent is no region of this table",
        lambda at: f"{meant(str(parents.iloc[at]), known)} Or add a row for it.",
    )
    above = _regions_above(known, parents.tolist())
    problem = "the region is above itself: its parents run in a circle"
    remedy = "Leave the topmost parent blank."
    yield from regions.listed((above < 0) & ~itself, "parent", problem, remedy)
    problem = f"more than {MOST_ABOVE} regions lie above this one"
    yield from regions.listed(above > MOST_ABOVE, "parent", problem, "Leave some levels out.")


def _regions_above(names: Sequence[str], parents: Sequence[str]) -> NDArray[np.int64]:
    """Return how many regions lie above each; −1 for one that meets itself on the way up."""
    parent = dict(zip(names, parents, strict=True))
    above = {"": -1}
    for name in names:
        way: list[str] = []
        place: dict[str, int] = {}
        node = name
        while node not in above and node not in place:
            place[node] = len(way)
            way.append(node)
            node = parent.get(node, "")
        if node in place:
            above.update(dict.fromkeys(way[place[node] :], -1))
            del way[place[node] :]
        count = above[node]
        for each in reversed(way):
            count += 1
            above[each] = count
    return np.array([above[name] if name else 0 for name in names], dtype=np.int64)


RULES: tuple[Rule, ...] = (
    shares_fit_whole,
    shares_in_own_bands,
    slices_fit_whole,
    tree_sound,
)
