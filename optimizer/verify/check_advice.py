"""Check 13: advice names levers and places that exist, and promises no more than the gap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from optimizer.verify.amounts import SLIVER, WRITTEN, above
from optimizer.verify.cube import ALL
from optimizer.verify.facts import Facts, Lock
from optimizer.verify.failures import Failure, fault
from optimizer.verify.files import numbers
from optimizer.verify.written import Plan

CHECK = "advice"
TOGETHER = "combination"
SAID = (
    r"closes (?:about )?([0-9][0-9.,e+-]*) of the gap"
    r"(?:; no lever was found for the other ([0-9][0-9.,e+-]*))?$"
)
"""How a text ends: with what the lever closes, and what the cheapest combination leaves."""
EVERYWHERE = ("*", "everywhere")
Known = Callable[[str], bool]


def check_advice(
    facts: Facts, plan: Plan, status: object, frame: pd.DataFrame, file: str
) -> Iterator[Failure]:
    """Yield advice that cannot be, and advice where nothing is short.

    That it keeps its promise is shown by planning with it, not here.

    Parameters
    ----------
    status : object
        What the run says it is: ``complete`` needs no advice.
    """
    gap = facts.goal - float(plan.leaf("target", facts).sum())
    if status == "complete" or not above(np.array(gap), np.zeros(()), facts.unit):
        for row in frame.index:
            yield fault(CHECK, file, f"row {row}", "there is no gap to close",
                        found=frame.at[row, "lever"])  # fmt: skip
        return
    if frame.empty:
        return
    yield from _order(frame, file)
    yield from _levers(facts, frame, file)
    yield from _promises(facts, frame, gap, file)


def _promises(facts: Facts, frame: pd.DataFrame, gap: float, file: str) -> Iterator[Failure]:
    """Compare what each row closes with the gap, the rounding and its own text."""
    closes = frame["closes"].to_numpy(dtype=float)
    digits = WRITTEN * np.abs(closes) + SLIVER * facts.unit
    apart = WRITTEN * gap + 0.5 * facts.unit
    units = np.round(closes / facts.unit) * facts.unit
    said = frame["text"].str.extract(SAID)
    told, other = (
        numbers(said[at].str.replace(",", "").fillna("")).to_numpy(dtype=float) for at in (0, 1)
    )
    rest = np.where((frame["lever"] == TOGETHER).to_numpy(dtype=bool), gap - closes, 0.0)
    left = np.nan_to_num(other)
    for column, good, words, due in (
        ("closes", closes > digits, "closes nothing", ""),
        ("closes", closes <= gap + digits, "closes more than the gap", gap),
        ("closes", np.abs(closes - units) <= digits, f"is no whole multiple of {facts.unit:g}", ""),
        ("text", np.abs(told - closes) <= digits, "does not say what the row closes", ""),
        ("text", np.abs(left - rest) <= apart, "does not say what the row leaves open", ""),
    ):
        for row in frame.index[~good]:
            yield fault(CHECK, file, f"row {row}, {column}", words, due, frame.at[row, column])


def _order(frame: pd.DataFrame, file: str) -> Iterator[Failure]:
    together = (frame["lever"] == TOGETHER).to_numpy(dtype=bool)
    for row in frame.index[:-1][together[:-1]]:
        yield fault(CHECK, file, f"row {row}", "the combination must be the last row")
    single = frame[~together]
    rises = np.diff(single["closes"].to_numpy(dtype=float), prepend=np.inf) > 0.0
    for row in single.index[rises]:
        words = "closes more than the row above it: the most helpful lever comes first"
        yield fault(CHECK, file, f"row {row}", words, found=single.at[row, "closes"])


def _levers(facts: Facts, frame: pd.DataFrame, file: str) -> Iterator[Failure]:
    known = _places(facts)
    most = {
        "potential_buffer": facts.terms.potential_buffer,
        "capacity_buffer": facts.terms.capacity_buffer,
        "product": 1.0,
        "lock": 1.0,
    }
    columns = (frame[name] for name in ("lever", "where", "change"))
    for row, lever, where, change in zip(frame.index, *columns, strict=True):
        if lever not in known:
            yield fault(CHECK, file, f"row {row}", "is no known lever", found=lever)
            continue
        if lever in facts.terms.never:
            yield fault(CHECK, file, f"row {row}", "the scenario forbids the lever", found=lever)
        if not known[lever](where):
            words = f"there is no such place for the lever {lever}"
            yield fault(CHECK, file, f"row {row}, where", words, found=where)
        least = 0.0 if lever == TOGETHER else np.nextafter(0.0, 1.0)
        if not least <= change <= most.get(lever, np.inf) + 1e-9 or (
            lever == "rep" and change != round(change)
        ):
            words = f"the lever {lever} cannot be pulled so far"
            yield fault(CHECK, file, f"row {row}, change", words, found=change)


def _places(facts: Facts) -> Mapping[str, Known]:
    """Return by lever what tells whether it can be pulled somewhere."""
    axes, crew = facts.axes, facts.crew
    regions = frozenset(axes.tree.names[1:])
    people = regions.union(crew.names if crew else ())
    everywhere: Known = lambda where: where in EVERYWHERE  # noqa: E731
    shared = (axes.periods, axes.products, axes.tree.names[1:])
    return {
        "share": lambda where: any(_is_shift(where, names) for names in shared),
        "potential_buffer": everywhere,
        "capacity_buffer": everywhere,
        "capacity": lambda where: _is_pair(where, axes.periods, regions),
        "rep": lambda where: where in regions,
        "product": lambda where: any(_rest(where, name) in people for name in axes.products),
        "lock": frozenset(_slice_words(facts, lock) or "*" for lock in facts.locks).__contains__,
        "potential": frozenset(
            _slice_words(facts, Lock(where, ALL, 0.0, "", "", "")) or "*"
            for where in facts.markets.slices()
        ).__contains__,
        TOGETHER: everywhere,
    }


def _is_shift(where: str, names: Sequence[str]) -> bool:
    """Return whether a text is one of the names, or ``one > another``."""
    return where in names or any(
        where == f"{giver} > {taker}"
        for pair in combinations((name for name in names if name in where), 2)
        for giver, taker in (pair, pair[::-1])
    )


def _is_pair(where: str, firsts: Sequence[str], seconds: frozenset[str]) -> bool:
    return any(
        where.startswith(f"{first} ") and where[len(first) + 1 :] in seconds for first in firsts
    )


def _rest(where: str, last: str) -> str:
    return where.removesuffix(f" {last}") if where.endswith(f" {last}") else ""


def _slice_words(facts: Facts, lock: Lock) -> str:
    """Return a slice as its labels, one after the other; empty for everything."""
    axes, crew = facts.axes, facts.crew
    q, node, p = lock.where
    rep = ""
    if lock.rep >= 0 and crew is not None:
        rep, node = crew.names[lock.rep], int(axes.tree.leaf_node[crew.leaf[lock.rep]])
    parts = (
        axes.periods[q] if q >= 0 else "",
        axes.tree.names[node] if node > 0 else "",
        axes.products[p] if p >= 0 else "",
        rep,
    )
    return " ".join(part for part in parts if part)
