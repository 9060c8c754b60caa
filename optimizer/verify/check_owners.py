"""Check 14: who fixed what, and who offered what: ``locks.csv`` and ``commits.csv``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from optimizer.verify.amounts import WRITTEN, differ
from optimizer.verify.axes import place
from optimizer.verify.cube import COMPANY
from optimizer.verify.facts import Facts, Lock
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan

CHECK = "owners"
PLACE = ("period", "region", "rep", "product")
SAID = ("owner", "reason", "expires")


def check_lock_rows(
    facts: Facts, limits: pd.DataFrame, frame: pd.DataFrame, file: str
) -> Iterator[Failure]:
    """Yield locks that are missing, strange, or told otherwise than the inputs say.

    Locks on one slice are matched in the order of owner, reason and last day.
    """
    if not facts.locks and frame.empty:
        return
    wanted = _by_place(_row(facts, lock) for lock in facts.locks)
    columns = frame[[*PLACE, *SAID, "amount", "price", "text"]]
    found = _by_place(columns.itertuples(index=False, name=None))
    for key in sorted(wanted.keys() - found.keys()):
        yield fault(CHECK, file, _words(key), "is missing", wanted[key][-1])
    for key in sorted(found.keys() - wanted.keys()):
        yield fault(CHECK, file, _words(key), "the scenario has no such lock that still holds")
    prices = dict(
        zip(zip(*(limits[name] for name in PLACE), strict=True),
            limits["shadow_price"].fillna(0.0), strict=True)
    )  # fmt: skip
    for key in sorted(wanted.keys() & found.keys()):
        *told, amount, price, text = found[key]
        *due, fixed = wanted[key]
        for name, one, other in zip(SAID, told, due, strict=True):
            if one != other:
                yield fault(CHECK, file, f"{_words(key)}, {name}", "is not what the inputs say",
                            other or "blank", one or "blank")  # fmt: skip
        if differ(np.array(amount), np.array(fixed), facts.unit):
            yield fault(CHECK, file, f"{_words(key)}, amount", "is not what the inputs say",
                        fixed, amount)  # fmt: skip
        worth = prices.get(key[: len(PLACE)], 0.0)
        if not abs(price - worth) <= WRITTEN * abs(worth):
            yield fault(CHECK, file, f"{_words(key)}, price", "is not the price in limits.csv",
                        worth, price)  # fmt: skip
        if silent := [name for name, one in zip(SAID, due, strict=True) if one not in text]:
            yield fault(CHECK, file, f"{_words(key)}, text", f"does not name the {silent[0]}",
                        found=text)  # fmt: skip


def _row(facts: Facts, lock: Lock) -> tuple[Any, ...]:
    axes, crew = facts.axes, facts.crew
    q, node, p = lock.where
    rep = COMPANY
    if lock.rep >= 0 and crew is not None:
        rep, node = crew.names[lock.rep], int(axes.tree.leaf_node[crew.leaf[lock.rep]])
    period = axes.periods[q] if q >= 0 else COMPANY
    product = axes.products[p] if p >= 0 else COMPANY
    said = (lock.owner, lock.reason, lock.expires)
    return (period, axes.tree.names[node], rep, product, *said, lock.amount)


def _by_place(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return rows by their slice and their number among the rows of the slice."""
    size = len(PLACE)
    count: dict[tuple[Any, ...], int] = {}
    found = {}
    for row in sorted(rows, key=lambda row: row[: size + len(SAID)]):
        where = row[:size]
        count[where] = count.get(where, 0) + 1
        found[*where, count[where]] = row[size:]
    return found


def _words(key: tuple[Any, ...]) -> str:
    return ", ".join(key[: len(PLACE)])


def check_commits(facts: Facts, plan: Plan, frame: pd.DataFrame, file: str) -> Iterator[Failure]:
    """Yield offers that are missing, strange, or not set against the target."""
    crew, axes = facts.crew, facts.axes
    if crew is None:
        for row in frame.index[:1]:
            yield fault(CHECK, file, f"row {row}", "a regional plan has no reps who offer anything")
        return
    if frame.empty and np.isnan(crew.commit).all():
        return
    rep, period = place(crew.names, frame["rep"]), axes.period(frame["period"])
    good = (rep >= 0) & (period >= 0)
    for row in frame.index[~good]:
        labels = ", ".join(frame.loc[row, ["rep", "period"]])
        yield fault(CHECK, file, f"row {row}", f"{labels} is an unknown label")
    present = np.zeros(crew.weight.shape, dtype=bool)
    present[plan.rows.rep, plan.rows.period] = True
    present &= ~np.isnan(crew.commit)[:, None]
    listed = np.zeros_like(present)
    listed[rep[good], period[good]] = True
    for wrong, words in (
        (present & ~listed, "is missing"),
        (listed & ~present, "the rep offers nothing, or has no targets there"),
    ):
        for one, q in np.argwhere(wrong):
            yield fault(CHECK, file, f"{crew.names[one]}, {axes.periods[q]}", words)
    known = frame[good].assign(_rep=rep[good], _period=period[good])
    yield from _offers(facts, plan, known[present[rep[good], period[good]]], file)


def _offers(facts: Facts, plan: Plan, frame: pd.DataFrame, file: str) -> Iterator[Failure]:
    crew, axes = facts.crew, facts.axes
    assert crew is not None
    rep, period = (frame[name].to_numpy(dtype=np.int64) for name in ("_rep", "_period"))
    target = plan.rows.by_rep("target")[rep, period]
    commit = crew.commit[rep]
    scale = np.maximum(np.abs(target), commit)
    for name, due in (("target", target), ("commit", commit), ("difference", target - commit)):
        found = frame[name].to_numpy(dtype=float)
        slack = WRITTEN * scale + (1e-9 * facts.unit if name != "target" else 0.0)
        for row in np.flatnonzero(~(np.abs(found - due) <= slack)):
            where = f"{crew.names[rep[row]]}, {axes.periods[period[row]]}, {name}"
            yield fault(CHECK, file, where, "is not what the inputs and targets give",
                        due[row], found[row])  # fmt: skip
    homes = np.array(axes.tree.leaves, dtype=object)[crew.leaf[rep]]
    teams = np.array(crew.teams, dtype=object)[rep]
    for name, home in (("region", homes), ("team", teams)):
        found = frame[name].to_numpy(dtype=object)
        for row in np.flatnonzero(found != home):
            yield fault(CHECK, file, f"{crew.names[rep[row]]}, {name}", "is not that of the rep",
                        home[row], found[row])  # fmt: skip
