"""Check 11: ``limits.csv`` lists every limit, with the values and slacks of the tables."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.verify.amounts import WRITTEN
from optimizer.verify.axes import UNKNOWN, place
from optimizer.verify.check_limits import sold
from optimizer.verify.crew import whole_down
from optimizer.verify.cube import COMPANY, Floats
from optimizer.verify.facts import Facts, label
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan

CHECK = "limits"
FILE = "limits.csv"
KEY = ["kind", "side", "q", "node", "p", "rep"]
TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True)
class _Row:
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
    wanted = _wanted(facts, plan).drop_duplicates(KEY)
    both = wanted.merge(table[~strange], on=KEY, how="outer", indicator="found",
                        suffixes=("_wanted", ""))  # fmt: skip
    for row in both[both["found"] == "left_only"].to_dict("records"):
        yield fault(CHECK, FILE, _name(facts, row), "row is missing")
    for row in both[both["found"] == "right_only"].to_dict("records"):
        yield fault(CHECK, FILE, _name(facts, row), "the scenario has no such limit")
    both = both[both["found"] == "both"]
    for column in ("limit", "value"):
        found = both[column].to_numpy(dtype=float)
        expected = both[f"{column}_wanted"].to_numpy(dtype=float)
        wrong = ~(np.abs(found - expected) <= WRITTEN * np.abs(expected) + 1e-9 * facts.goal)
        for row in both[wrong].to_dict("records"):
            yield fault(CHECK, FILE, f"{_name(facts, row)}, {column}", "does not agree with the "
                        "inputs and tables", row[f"{column}_wanted"], row[column])  # fmt: skip


def _arithmetic(frame: pd.DataFrame) -> Iterator[Failure]:
    columns = ("limit", "value", "slack")
    limit, value, slack = (frame[name].to_numpy(dtype=float) for name in columns)
    side = frame["side"].to_numpy(dtype=object)
    room = np.where(side == "min", value - limit, limit - value)
    room = np.where(side == "equal", np.abs(room), room)
    scale = np.maximum(np.abs(limit), np.abs(value))
    for row in np.flatnonzero(~(np.abs(slack - room) <= WRITTEN * scale)):
        yield fault(CHECK, FILE, f"{_words(frame, int(row))}, slack",
                    "is not the room between value and limit", room[row], slack[row])  # fmt: skip
    binding = frame["binding"].str.lower().map(TRUTHS)
    priced = frame["shadow_price"].fillna(0.0) != 0.0
    for row in np.flatnonzero((binding != priced).to_numpy()):
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
    rows = [*_goal_and_bands(facts, plan), *_markets_and_locks(facts, plan)]
    table = pd.DataFrame(rows, columns=[*KEY, "limit", "value"])
    if facts.crew is None or facts.targets is None:
        return table
    people = [_coverage(facts, plan), _lists(facts), *_people(facts, plan)]
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


def _markets_and_locks(facts: Facts, plan: Plan) -> Iterator[_Row]:
    target = plan.margin["target"]
    for market in facts.markets:
        q, node, p = market.where
        yield _Row("potential", "max", q, node, p, -1, market.usable, float(target[node, q, p]))
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
    for kind, side, limit in (("min", "min", crew.low), ("capacity", "max", crew.high)):
        told = (targets > 0.0) & np.isfinite(limit) & ((limit > 0.0) | (side == "max"))
        rep, period = np.nonzero(told)
        yield _frame(kind, side, period, home[rep], rep, limit[told], total[told])


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


def _name(facts: Facts, row: dict[Hashable, Any]) -> str:
    q, node, p, rep = (int(row[name]) for name in ("q", "node", "p", "rep"))
    who = facts.crew.names[rep] if facts.crew and rep >= 0 else COMPANY
    return f"{row['kind']} {row['side']} {label(facts.axes, (q, node, p), who)}"


def _words(frame: pd.DataFrame, row: int) -> str:
    names = ("kind", "side", "period", "region", "product", "rep")
    kind, side, *labels = (str(frame[name].iloc[row]) for name in names)
    return f"{kind} {side} {', '.join(labels)}"
