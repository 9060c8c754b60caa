"""Check 11: ``limits.csv`` lists every limit, with the values and slacks of the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from optimizer.verify.amounts import WRITTEN
from optimizer.verify.axes import UNKNOWN, place
from optimizer.verify.check_limits import locked
from optimizer.verify.check_people import effort_used
from optimizer.verify.columns import converted, rows_where
from optimizer.verify.crew import whole_down
from optimizer.verify.cube import ALL, COMPANY, Bools, Floats, Ints
from optimizer.verify.facts import Facts, barred_cells, label
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan

NO_ROOM = 1e-9
"""Room up to this part of its limit, or of 1, is written as 0."""

CHECK = "limits"
FILE = "limits.csv"
KINDS = (
    "goal", "potential", "capacity", "min", "period_share", "product_share", "region_share",
    "share", "coverage", "eligibility", "lock", "year", "growth", "effort",
)  # fmt: skip
SIDES = ("min", "max", "equal")


@dataclass(frozen=True)
class _Limits:
    """Limits, each named by one number; all (limit,)."""

    key: Ints
    limit: Floats
    value: Floats


class _Keys:
    """Numbers that name limits: the same number, the same limit."""

    def __init__(self, facts: Facts) -> None:
        axes, crew = facts.axes, facts.crew
        self.facts = facts
        lengths = (
            len(KINDS), len(SIDES), len(axes.tree.names), len(crew.names) if crew else 0,
            axes.shape[1], axes.shape[2],
        )  # fmt: skip
        # Every part may also be UNKNOWN or ALL.
        self.sizes = tuple(length - UNKNOWN for length in lengths)

    def number(self, kind: Ints | int, side: Ints | int, where: Sequence[Ints | int]) -> Ints:
        """Return the numbers of limits; `where` is period, node, product and rep."""
        q, node, p, rep = where
        key: Ints = np.zeros(1, dtype=np.int64)
        for size, part in zip(self.sizes, (kind, side, node, rep, q, p), strict=True):
            key = key * size + (part - UNKNOWN)
        return key

    def words(self, key: int) -> str:
        """Return a limit in words."""
        kind, side, where = self.labels(key)
        return f"{KINDS[kind]} {SIDES[side]} {where}"

    def labels(self, key: int) -> tuple[int, int, str]:
        """Return kind and side of a limit, and where it is in words."""
        parts = []
        for size in reversed(self.sizes):
            key, part = divmod(key, size)
            parts.append(part + UNKNOWN)
        p, q, rep, node, side, kind = parts
        who = self.facts.crew.names[rep] if self.facts.crew and rep >= 0 else COMPANY
        return kind, side, label(self.facts.axes, (q, node, p), who)


def check_slack(facts: Facts, plan: Plan, frame: pd.DataFrame) -> Iterator[Failure]:
    """Yield limits that are missing, unknown, or whose figures are not those of the tables."""
    yield from _arithmetic(frame)
    keys = _Keys(facts)
    found, strange = _written(facts, keys, frame)
    for row in np.flatnonzero(strange).tolist():
        yield fault(CHECK, FILE, _words(frame, row), "names an unknown label")
    due = _due(facts, plan, keys)
    at = _positions(due.key, found)
    listed = np.zeros(len(due.key), dtype=bool)
    listed[at[at >= 0]] = True
    if not listed.all():
        for key in np.setdiff1d(due.key[~listed], due.key[listed]).tolist():
            yield fault(CHECK, FILE, keys.words(key), "row is missing")

    def words(row: int) -> str:
        kind, side = (str(frame[name].iloc[row]) for name in ("kind", "side"))
        return f"{kind} {side} {keys.labels(int(found[row]))[2]}"

    for row in np.flatnonzero((at < 0) & ~strange).tolist():
        yield fault(CHECK, FILE, words(row), "the scenario has no such limit")
    for column in ("limit", "value"):
        shown, expected = frame[column].to_numpy(dtype=float), getattr(due, column)
        wrong = partial(_is_off, shown, expected, at, 1e-9 * facts.goal)
        for row in rows_where(len(at), wrong).tolist():
            yield fault(CHECK, FILE, f"{words(row)}, {column}",
                        "does not agree with the inputs and tables",
                        expected[at[row]], shown[row])  # fmt: skip


def _is_off(shown: Floats, expected: Floats, at: Ints, slack: float, rows: slice) -> Bools:
    place = at[rows]
    right = expected[place]
    wrong = ~(np.abs(shown[rows] - right) <= WRITTEN * np.abs(right) + slack)
    return np.asarray(wrong & (place >= 0), dtype=bool)


def _positions(due: Ints, found: Ints) -> Ints:
    """Return where each key that was found stands among those that are due; -1 for nowhere."""
    # Both come in long rising parts, which a stable sort only has to merge.
    order = np.argsort(due, kind="stable")
    due = due[order]
    place = np.argsort(found, kind="stable")
    if np.array_equal(due, found[place]):
        at = np.empty_like(order)
        at[place] = order
        return at
    at = np.minimum(np.searchsorted(due, found), len(due) - 1)
    return np.where(due[at] == found, order[at], -1)


def _arithmetic(frame: pd.DataFrame) -> Iterator[Failure]:
    side = place(SIDES, frame["side"])
    columns = ("limit", "value", "slack", "shadow_price")
    limit, value, slack, price = (frame[name].to_numpy(dtype=float) for name in columns)

    def room(rows: slice) -> Floats:
        left = limit[rows] - value[rows]
        left = np.where(side[rows] == SIDES.index("min"), -left, left)
        return np.asarray(np.where(side[rows] == SIDES.index("equal"), np.abs(left), left))

    def wrong(rows: slice) -> Bools:
        scale = np.maximum(np.abs(limit[rows]), np.abs(value[rows]))
        away = np.abs(slack[rows] - room(rows))
        none = (slack[rows] == 0.0) & (away <= NO_ROOM * np.maximum(scale, 1.0))
        return np.asarray(~((away <= WRITTEN * scale) | none), dtype=bool)

    for row in rows_where(len(frame), wrong):
        due = room(slice(row, row + 1))[0]
        yield fault(CHECK, FILE, f"{_words(frame, int(row))}, slack",
                    "is not the room between value and limit", due, slack[row])  # fmt: skip
    priced = ~np.isnan(price) & (price != 0.0)
    binding = place(("false", "true"), converted(frame["binding"], str.lower))
    for row in np.flatnonzero(binding != priced):
        yield fault(CHECK, FILE, f"{_words(frame, int(row))}, binding",
                    "does not agree with the shadow price",
                    bool(priced[row]), frame["binding"].iloc[row])  # fmt: skip


def _written(facts: Facts, keys: _Keys, frame: pd.DataFrame) -> tuple[Ints, Bools]:
    """Return the key of each row, and which rows have an unknown label."""
    axes = facts.axes
    parts = (
        axes.period(frame["period"]), axes.node(frame["region"]), axes.product(frame["product"]),
        place(facts.crew.names if facts.crew else (), frame["rep"]),
    )  # fmt: skip
    strange = np.zeros(len(frame), dtype=bool)
    for part in parts:
        strange |= part == UNKNOWN
    key = keys.number(place(KINDS, frame["kind"]), place(SIDES, frame["side"]), parts)
    return np.where(strange, -1, key), strange


def _due(facts: Facts, plan: Plan, keys: _Keys) -> _Limits:
    parts = [*_goal_and_bands(facts, plan, keys), *_locks(facts, plan, keys)]
    parts.append(_markets(facts, plan, keys))
    if facts.crew is not None and facts.targets is not None:
        parts += _coverage(facts, plan, keys)
        parts.append(_lists(facts, keys))
        parts += _people(facts, plan, keys)
        parts += _years(facts, plan, keys)
    return _Limits(
        *(np.concatenate([getattr(part, name) for part in parts])
          for name in ("key", "limit", "value"))
    )  # fmt: skip


def _part(
    keys: _Keys, kind: str, side: str, where: Sequence[Ints | int], limit: Floats, value: Floats
) -> _Limits:
    key = keys.number(KINDS.index(kind), SIDES.index(side), where)
    return _Limits(np.broadcast_to(key, limit.shape), limit, value)


def _goal_and_bands(facts: Facts, plan: Plan, keys: _Keys) -> Iterator[_Limits]:
    ask = plan.margin["ask"]
    whole = np.array([facts.ask_total]), ask[0, -1, -1:]
    yield _part(keys, "goal", "equal", (ALL, 0, ALL, ALL), *whole)
    for kind in dict.fromkeys(band.kind for band in facts.bands):
        bands = [band for band in facts.bands if band.kind == kind]
        part = np.array([band.part for band in bands], dtype=np.int64).T
        of = np.array([band.whole for band in bands], dtype=np.int64).T
        shares = np.array([(band.low, band.high) for band in bands], dtype=np.float64).T
        for side, share in zip(("min", "max"), shares, strict=True):
            held = ~np.isnan(share)
            q, node, p = part[:, held]
            limit = share[held] * ask[of[1, held], of[0, held], of[2, held]]
            yield _part(keys, kind, side, (q, node, p, ALL), limit, ask[node, q, p])


def _markets(facts: Facts, plan: Plan, keys: _Keys) -> _Limits:
    node, q, p = facts.markets.places
    found = plan.margin["target"][node, q, p]
    return _part(keys, "potential", "max", (q, node, p, ALL), facts.markets.usable, found)


def _locks(facts: Facts, plan: Plan, keys: _Keys) -> Iterator[_Limits]:
    for lock, value in zip(facts.locks, locked(facts, plan), strict=True):
        q, node, p = lock.where
        if lock.rep >= 0 and facts.crew is not None:
            node = int(facts.axes.tree.leaf_node[facts.crew.leaf[lock.rep]])
        where = (q, node, p, lock.rep)
        yield _part(keys, "lock", "equal", where, np.array([lock.amount]), np.array([value]))


def _coverage(facts: Facts, plan: Plan, keys: _Keys) -> Iterator[_Limits]:
    tree = facts.axes.tree
    target = plan.margin["target"][tree.leaf_node, :-1, -1]
    street = plan.rows.cells("target").sum(axis=2)
    room = whole_down((1.0 + facts.terms.over_rep) * target, facts.unit)
    leaf, period = (index.ravel() for index in np.indices(target.shape))
    where = (period, tree.leaf_node[leaf], ALL, ALL)
    for side, limit in (("min", target), ("max", room)):
        yield _part(keys, "coverage", side, where, limit.ravel(), street.ravel())


def _lists(facts: Facts, keys: _Keys) -> _Limits:
    """Return the open cells that somebody who works there may not sell."""
    leaf, period, product = np.nonzero(barred_cells(facts) & facts.opened)
    nothing = np.zeros(len(leaf))
    node = facts.axes.tree.leaf_node[leaf]
    return _part(keys, "eligibility", "max", (period, node, product, ALL), nothing, nothing)


def _people(facts: Facts, plan: Plan, keys: _Keys) -> Iterator[_Limits]:
    crew, targets = facts.crew, facts.targets
    assert crew is not None and targets is not None
    total = plan.rows.by_rep("target")
    home = facts.axes.tree.leaf_node[crew.leaf]
    carried = effort_used(facts, plan, plan.rows.target) if crew.by_effort else total
    capacity = "effort" if crew.by_effort else "capacity"
    for kind, side, limit, value in (
        ("min", "min", crew.low, total),
        (capacity, "max", crew.high, carried),
    ):
        held = (targets > 0.0) & np.isfinite(limit) & ((limit > 0.0) | (side == "max"))
        rep, period = np.nonzero(held)
        where = (period, home[rep], ALL, rep)
        yield _part(keys, kind, side, where, limit[held], value[held])


def _years(facts: Facts, plan: Plan, keys: _Keys) -> Iterator[_Limits]:
    crew, years = facts.crew, facts.years
    assert crew is not None and years is not None
    total = plan.rows.by_rep("target").sum(axis=1)
    home = facts.axes.tree.leaf_node[crew.leaf]
    for kind, side, limit in (
        ("year", "min", years.low),
        ("year", "max", whole_down(years.most, facts.unit)),
        ("growth", "max", whole_down(years.grown, facts.unit)),
    ):
        rep = np.flatnonzero(np.isfinite(limit) & ((limit > 0.0) | (side == "max")))
        yield _part(keys, kind, side, (ALL, home[rep], ALL, rep), limit[rep], total[rep])


def _words(frame: pd.DataFrame, row: int) -> str:
    names = ("kind", "side", "period", "region", "product", "rep")
    kind, side, *labels = (str(frame[name].iloc[row]) for name in names)
    return f"{kind} {side} {', '.join(labels)}"
