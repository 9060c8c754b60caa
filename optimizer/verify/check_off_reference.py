"""Check 15: who is off reference, and which limits act there, person by person and by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.verify.acting import OWN, Limits
from optimizer.verify.amounts import differ
from optimizer.verify.axes import place
from optimizer.verify.check_fairness import by_owner
from optimizer.verify.columns import coded, rows_where, texts_of
from optimizer.verify.cube import Bools, Floats, Ints
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan

CHECK = "off reference"
OF_REGIONS = (
    "potential", "region_share", "product_share", "period_share", "share", "lock", "coverage",
)  # fmt: skip
SUMS = 1e-6
"""Relative error of sums of references that are written with nine digits."""
EDGE = 1e-6
"""Multiples this close to each other, or to the edge of a range, are the same."""


@dataclass(frozen=True)
class Owners:
    """Who has targets, reps or the regions of a regional plan, in the order of the inputs.

    Attributes
    ----------
    name, region, team, role : (owner,) objects
        The name is what rows are found by.
    reference, target : (owner,) floats
        Sums over all periods.
    acts : mapping of kind to (owner,) bools
        Whether a binding limit of the kind is on a cell of the owner.
    """

    name: np.ndarray
    region: np.ndarray
    team: np.ndarray
    role: np.ndarray
    reference: Floats
    target: Floats
    acts: Mapping[str, Bools]

    @property
    def multiple(self) -> Floats:
        """Target / reference; NaN where the reference is 0."""
        return multiple_of(self.target, self.reference)


def read_owners(facts: Facts, plan: Plan, limits: Limits) -> Owners:
    """Return who has targets, from the targets and the binding limits alone."""
    rows, crew, leaves = plan.rows, facts.crew, np.array(facts.axes.tree.leaves, dtype=object)
    who, count = (
        (rows.leaf(slice(None)), len(leaves)) if crew is None else (rows.rep, len(crew.names))
    )
    present = np.flatnonzero(np.bincount(who))
    reference, target = (
        by_owner(facts, plan, column)[present] for column in ("reference", "target")
    )
    acts = {kind: mask[present] for kind, mask in _acting(facts, plan, limits, who, count).items()}
    if crew is None:
        blank = np.full(len(present), "", dtype=object)
        return Owners(leaves[present], leaves[present], blank, blank, reference, target, acts)
    names, teams, roles = (
        np.array(labels, dtype=object)[present] for labels in (crew.names, crew.teams, crew.roles)
    )
    home = leaves[crew.leaf[present]]
    return Owners(names, home, teams, roles, reference, target, acts)


def _acting(
    facts: Facts, plan: Plan, limits: Limits, who: NDArray[np.signedinteger[Any]], count: int
) -> dict[str, Bools]:
    found = {kind: np.zeros(count, dtype=bool) for kind in dict.fromkeys((*OWN, *OF_REGIONS))}
    if facts.crew is not None:
        for kind in OWN:
            found[kind] |= limits.reps(kind, limits.binding).any(axis=1)
    rows = plan.rows
    for kind in OF_REGIONS:
        cells = limits.cells(kind, limits.binding).ravel()
        if cells.any():
            found[kind][who[rows_where(len(who), lambda part: cells[rows.cell[part]])]] = True  # noqa: B023
    return found


def check_off_reference(
    facts: Facts, owners: Owners, frame: pd.DataFrame, file: str
) -> Iterator[Failure]:
    """Yield people that are missing or strange, and figures or limits that are not theirs."""
    column = "region" if facts.crew is None else "rep"
    found = place(tuple(owners.name), frame[column])
    for row in frame.index[found < 0]:
        yield fault(CHECK, file, f"row {row}", "nobody of that name has targets",
                    found=frame.at[row, column])  # fmt: skip
    listed = np.bincount(found[found >= 0], minlength=len(owners.name)) > 0
    for name in owners.name[~listed]:
        yield fault(CHECK, file, str(name), "is missing")
    if (found < 0).any():
        frame, found = frame[found >= 0], found[found >= 0]
    where = owners.name[found].tolist()
    for name in ("region", "team", "role"):
        due, told = getattr(owners, name)[found], texts_of(frame[name])
        for row in np.flatnonzero(told != due).tolist():
            yield fault(CHECK, file, f"{where[row]}, {name}", "is not the right one",
                        due[row] or "blank", told[row] or "blank")  # fmt: skip
    yield from check_sums(facts, frame, owners.reference[found], owners.target[found], where, file)
    away = np.nan_to_num(np.abs(owners.multiple[found] - 1.0), nan=-1.0)
    for row in np.flatnonzero(np.diff(away, prepend=np.inf) > EDGE).tolist():
        words = "stands too far down: the furthest from reference come first"
        yield fault(CHECK, file, where[row], words, found=owners.multiple[found[row]])
    yield from _kinds(owners, frame, found, file)


def check_sums(
    facts: Facts, frame: pd.DataFrame, reference: Floats, target: Floats, where: Sequence[str],
    file: str,
) -> Iterator[Failure]:  # fmt: skip
    """Yield rows whose sums, or whose multiple of the sums, are not those of the targets."""
    told, given, multiple = (
        frame[name].to_numpy(dtype=float) for name in ("reference", "target", "multiple")
    )
    due = multiple_of(target, reference)
    # A multiple is known where there is a reference, and then it has nine digits.
    wrong = ~(np.abs(multiple - due) <= SUMS * due) & ~(np.isnan(multiple) & np.isnan(due))
    for name, amount, right, bad in (
        ("reference", told, reference, ~(np.abs(told - reference) <= SUMS * reference)),
        ("target", given, target, differ(given, target, facts.unit)),
        ("multiple", multiple, due, wrong),
    ):
        for row in np.flatnonzero(bad).tolist():
            yield fault(CHECK, file, f"{where[row]}, {name}", "is not that of the targets",
                        right[row], amount[row])  # fmt: skip


def multiple_of(target: Floats, reference: Floats) -> Floats:
    """Return target / reference; NaN where the reference is 0."""
    unknown = np.full(len(target), np.nan)
    return np.asarray(np.divide(target, reference, out=unknown, where=reference > 0.0))


def _kinds(owners: Owners, frame: pd.DataFrame, found: Ints, file: str) -> Iterator[Failure]:
    """Compare the kinds of limits that are told with those that act."""
    names = tuple(owners.acts)
    acts = np.stack([owners.acts[name] for name in names], axis=1)[found]
    codes, texts = coded(frame["limit"])
    lists = [str(text).split(";") if text else [] for text in texts]
    told = np.array([[name in kinds for name in names] for kinds in lists], dtype=bool)
    number = np.array([len(kinds) for kinds in lists], dtype=np.int64)
    told = told.reshape(len(lists), len(names))[codes]
    wrong = (told != acts).any(axis=1) | (number[codes] != acts.sum(axis=1))
    for row in np.flatnonzero(wrong):
        due = ";".join(name for name, on in zip(names, acts[row], strict=True) if on)
        words = "does not list the kinds of limits that bind on a cell there"
        yield fault(CHECK, file, f"{owners.name[found[row]]}, limit", words,
                    due or "none", frame["limit"].iloc[row] or "none")  # fmt: skip
