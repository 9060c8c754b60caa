"""Check 11: ``limits.csv`` lists every limit, with the values and slacks of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from optimizer.verify.amounts import WRITTEN
from optimizer.verify.axes import UNKNOWN, place
from optimizer.verify.check_limits import sold
from optimizer.verify.check_people import effort_used
from optimizer.verify.crew import whole_down
from optimizer.verify.cube import ALL, COMPANY, Floats, Ints
from optimizer.verify.facts import Facts, label, market_places
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan

CHECK = "limits"
FILE = "limits.csv"
KEY = ["kind", "side", "q", "node", "p", "rep"]


class _Row(NamedTuple):
    """A limit that must be listed."""

    kind: str
    side: str
    q: int
    node: int
    p: int
    rep: int
    limit: float
    value: float


def check_slack(facts: Facts, plan: Plan, frame: pd.DataFrame) -> Iterator[Failure]:
    """Yield limits that are missing, unknown, or whose figures are not those of the tables."""
    yield from _arithmetic(frame)
    table = _coded(facts, frame)
    strange = table[["q", "node", "p", "rep"]].min(axis=1) <= UNKNOWN
    for number in np.flatnonzero(strange):
        yield fault(CHECK, FILE, _words(frame, int(number)), "names an unknown label")
    table = table[~strange]
    wanted = _wanted(facts, plan)
    due, found = _keys(facts, wanted, table)
    due, first = np.unique(due, return_index=True)
    place = pd.Index(due).get_indexer(pd.Index(found))
    listed = np.zeros(len(due), dtype=bool)
    listed[place[place >= 0]] = True
    for number in first[~listed]:
        yield fault(CHECK, FILE, _name(facts, wanted.iloc[number]), "row is missing")
    for number in np.flatnonzero(place < 0):
        yield fault(CHECK, FILE, _name(facts, table.iloc[number]), "the scenario has no such limit")
    table = table[place >= 0]
    wanted = wanted.iloc[first[place[place >= 0]]]
    for column in ("limit", "value"):
        told = table[column].to_numpy(dtype=float)
        expected = wanted[column].to_numpy(dtype=float)
        wrong = ~(np.abs(told - expected) <= WRITTEN * np.abs(expected) + 1e-9 * facts.goal)
        for number in np.flatnonzero(wrong):
            yield fault(CHECK, FILE, f"{_name(facts, table.iloc[number])}, {column}",
                        "does not agree with the inputs and tables",
                        expected[number], told[number])  # fmt: skip


def _keys(facts: Facts, *tables: pd.DataFrame) -> list[Ints]:
    """Return what names each row of some tables as one number, the same for the same limit."""
    axes = facts.axes
    sizes = {"q": axes.shape[1], "node": len(axes.tree.names), "p": axes.shape[2],
             "rep": len(facts.crew.names) if facts.crew else 0}  # fmt: skip
    keys = [np.zeros(len(table), dtype=np.int64) for table in tables]
    for name in ("kind", "side"):
        labels = sorted({str(label) for table in tables for label in table[name].unique()})
        keys = [
            key * (len(labels) + 2) + place(labels, table[name]) + 2
            for key, table in zip(keys, tables, strict=True)
        ]
    for name, size in sizes.items():
        keys = [
            key * (size + 2) + table[name].to_numpy(dtype=np.int64) + 2
            for key, table in zip(keys, tables, strict=True)
        ]
    return keys


def _arithmetic(frame: pd.DataFrame) -> Iterator[Failure]:
    columns = ("limit", "value", "slack")
    limit, value, slack = (frame[name].to_numpy(dtype=float) for name in columns)
    room = np.where(frame["side"] == "min", value - limit, limit - value)
    room = np.where(frame["side"] == "equal", np.abs(room), room)
    scale = np.maximum(np.abs(limit), np.abs(value))
    for row in np.flatnonzero(~(np.abs(slack - room) <= WRITTEN * scale)):
        yield fault(CHECK, FILE, f"{_words(frame, int(row))}, slack",
                    "is not the room between value and limit", room[row], slack[row])  # fmt: skip
    priced = frame["shadow_price"].fillna(0.0) != 0.0
    told = place(("false", "true"), frame["binding"].str.lower())
    for row in np.flatnonzero(told != priced.to_numpy()):
        yield fault(CHECK, FILE, f"{_words(frame, int(row))}, binding",
                    "does not agree with the shadow price",
                    bool(priced.iloc[row]), frame["binding"].iloc[row])  # fmt: skip


def _coded(facts: Facts, frame: pd.DataFrame) -> pd.DataFrame:
    axes = facts.axes
    return frame[["kind", "side", "limit", "value"]].assign(
        q=axes.period(frame["period"]),
        node=axes.node(frame["region"]),
        p=axes.product(frame["product"]),
        rep=place(facts.crew.names if facts.crew else (), frame["rep"]),
    )


def _wanted(facts: Facts, plan: Plan) -> pd.DataFrame:
    rows = [*_goal_and_bands(facts, plan), *_locks(facts, plan)]
    table = pd.DataFrame(rows, columns=[*KEY, "limit", "value"])
    table = pd.concat([table, _markets(facts, plan)], ignore_index=True)
    if facts.crew is None or facts.targets is None:
        return table
    people = [_coverage(facts, plan), _lists(facts), *_people(facts, plan), *_years(facts, plan)]
    return pd.concat([table, *people], ignore_index=True)


def _goal_and_bands(facts: Facts, plan: Plan) -> Iterator[_Row]:
    ask = plan.margin["ask"]
    yield _Row("goal", "equal", -1, 0, -1, -1, facts.ask_total, float(ask[0, -1, -1]))
    for band in facts.bands:
        q, node, p = band.part
        part, whole = (float(ask[at[1], at[0], at[2]]) for at in (band.part, band.whole))
        for side, share in (("min", band.low), ("max", band.high)):
            if share is not None:
                yield _Row(band.kind, side, q, node, p, -1, share * whole, part)


def _markets(facts: Facts, plan: Plan) -> pd.DataFrame:
    node, q, p = market_places(facts.markets)
    usable = np.array([market.usable for market in facts.markets], dtype=float)
    found = plan.margin["target"][node, q, p]
    return _frame("potential", "max", q, node, -1, usable, found, p)


def _locks(facts: Facts, plan: Plan) -> Iterator[_Row]:
    target = plan.margin["target"]
    for lock in facts.locks:
        q, node, p = lock.where
        value = float(target[node, q, p])
        if lock.rep >= 0 and facts.crew is not None:
            node = int(facts.axes.tree.leaf_node[facts.crew.leaf[lock.rep]])
            value = sold(plan, lock)
        yield _Row("lock", "equal", q, node, p, lock.rep, lock.amount, value)


def _coverage(facts: Facts, plan: Plan) -> pd.DataFrame:
    tree = facts.axes.tree
    target = plan.margin["target"][tree.leaf_node, :-1, -1]
    street = plan.rows.cells(plan.rows.target, facts.axes).sum(axis=2)
    room = whole_down((1.0 + facts.terms.over_rep) * target, facts.unit)
    leaf, period = (index.ravel() for index in np.indices(target.shape))
    parts = [
        _frame("coverage", side, period, tree.leaf_node[leaf], -1, limit.ravel(), street.ravel())
        for side, limit in (("min", target), ("max", room))
    ]
    return pd.concat(parts, ignore_index=True)


def _lists(facts: Facts) -> pd.DataFrame:
    """Return the open cells that somebody who works there may not sell."""
    crew, targets = facts.crew, facts.targets
    assert crew is not None and targets is not None
    barred = np.zeros(facts.opened.shape, dtype=bool)
    np.logical_or.at(barred, crew.leaf, (targets > 0.0)[:, :, None] & ~crew.sells[:, None, :])
    leaf, period, product = np.nonzero(barred & facts.opened)
    nothing = np.zeros(len(leaf))
    node = facts.axes.tree.leaf_node[leaf]
    return _frame("eligibility", "max", period, node, -1, nothing, nothing, product)


def _people(facts: Facts, plan: Plan) -> Iterator[pd.DataFrame]:
    crew, targets = facts.crew, facts.targets
    assert crew is not None and targets is not None
    total = plan.rows.by_rep(plan.rows.target, crew, facts.axes)
    home = facts.axes.tree.leaf_node[crew.leaf]
    carried = effort_used(facts, plan, plan.rows.target) if crew.by_effort else total
    capacity = "effort" if crew.by_effort else "capacity"
    for kind, side, limit, value in (
        ("min", "min", crew.low, total),
        (capacity, "max", crew.high, carried),
    ):
        told = (targets > 0.0) & np.isfinite(limit) & ((limit > 0.0) | (side == "max"))
        rep, period = np.nonzero(told)
        yield _frame(kind, side, period, home[rep], rep, limit[told], value[told])


def _years(facts: Facts, plan: Plan) -> Iterator[pd.DataFrame]:
    crew, years = facts.crew, facts.years
    assert crew is not None and years is not None
    total = plan.rows.by_rep(plan.rows.target, crew, facts.axes).sum(axis=1)
    home = facts.axes.tree.leaf_node[crew.leaf]
    for kind, side, limit in (
        ("year", "min", years.low),
        ("year", "max", whole_down(years.most, facts.unit)),
        ("growth", "max", whole_down(years.grown, facts.unit)),
    ):
        rep = np.flatnonzero(np.isfinite(limit) & ((limit > 0.0) | (side == "max")))
        every = np.full(len(rep), ALL)
        yield _frame(kind, side, every, home[rep], rep, limit[rep], total[rep])


def _frame(
    kind: str,
    side: str,
    period: np.ndarray,
    node: np.ndarray,
    rep: np.ndarray | int,
    limit: Floats,
    value: Floats,
    product: np.ndarray | int = -1,
) -> pd.DataFrame:
    columns = {"q": period, "node": node, "p": product, "rep": rep, "limit": limit, "value": value}
    return pd.DataFrame(columns).assign(kind=kind, side=side)


def _name(facts: Facts, row: pd.Series) -> str:
    q, node, p, rep = (int(row[name]) for name in ("q", "node", "p", "rep"))
    who = facts.crew.names[rep] if facts.crew and rep >= 0 else COMPANY
    return f"{row['kind']} {row['side']} {label(facts.axes, (q, node, p), who)}"


def _words(frame: pd.DataFrame, row: int) -> str:
    names = ("kind", "side", "period", "region", "product", "rep")
    kind, side, *labels = (str(frame[name].iloc[row]) for name in names)
    return f"{kind} {side} {', '.join(labels)}"
