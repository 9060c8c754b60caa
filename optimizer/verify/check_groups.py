"""Check 15, by group: how roles and regions stand to their references, in ``fairness.csv``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.verify.check_off_reference import CHECK, EDGE, Owners, check_sums
from optimizer.verify.cube import Floats, Ints
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault

MOST_KINDS = 3
RANGES = (("within_10", 0.1), ("within_20", 0.2))


def check_groups(facts: Facts, owners: Owners, frame: pd.DataFrame, file: str) -> Iterator[Failure]:
    """Yield groups that are missing or strange, and figures or limits that are not theirs."""
    groups = [*(["role"] if (owners.role != "").any() else []), "region"]
    for row in frame.index[~frame["group"].isin(groups)]:
        yield fault(CHECK, file, f"row {row}", "is no group of this plan",
                    " or ".join(groups), frame.at[row, "group"])  # fmt: skip
    for group in groups:
        member, names = pd.factorize(getattr(owners, group), sort=True)
        rows = frame[frame["group"] == group]
        found = pd.Index(names).get_indexer(pd.Index(rows["name"].to_numpy(dtype=object)))
        for row in rows.index[found < 0]:
            yield fault(CHECK, file, f"row {row}", f"there is no such {group} with targets",
                        found=rows.at[row, "name"])  # fmt: skip
        for name in np.delete(names, found[found >= 0]):
            yield fault(CHECK, file, f"{group} {name}", "is missing")
        yield from _figures(facts, owners, rows[found >= 0], group, member, found[found >= 0], file)


def _figures(
    facts: Facts,
    owners: Owners,
    frame: pd.DataFrame,
    group: str,
    member: Ints,
    found: Ints,
    file: str,
) -> Iterator[Failure]:
    """Compare sums, counts and shares with those of the members of each group."""
    where = [f"{group} {name}" for name in frame["name"]]

    def sums(amount: Floats) -> Floats:
        return np.bincount(member, weights=amount)[found].astype(np.float64)

    yield from check_sums(facts, frame, sums(owners.reference), sums(owners.target), where, file)
    heads = sums(np.ones(len(member)))
    away = np.abs(owners.multiple - 1.0)
    known = sums((~np.isnan(away)).astype(float))
    figures = {"reps": heads}
    for name, distance in RANGES:
        near = sums((away <= distance + EDGE).astype(float))
        figures[name] = np.divide(near, known, out=np.full(len(near), np.nan), where=known > 0.0)
    for name, due in figures.items():
        told = frame[name].to_numpy(dtype=float)
        same = (np.abs(told - due) <= EDGE) | (np.isnan(told) & np.isnan(due))
        for row in np.flatnonzero(~same).tolist():
            yield fault(CHECK, file, f"{where[row]}, {name}", "is not that of its people",
                        due[row], told[row])  # fmt: skip
    acting = {kind: sums(mask.astype(float)) for kind, mask in owners.acts.items()}
    for row, text in enumerate(frame["limits"]):
        on = {kind: int(counts[row]) for kind, counts in acting.items() if counts[row] > 0.0}
        if not _are_most(on, text.split(";") if text else []):
            words = "does not name the kinds of limits that act on most of its people"
            most = sorted(on, key=on.__getitem__, reverse=True)[:MOST_KINDS]
            yield fault(CHECK, file, f"{where[row]}, limits", words,
                        ";".join(most) or "none", text or "none")  # fmt: skip


def _are_most(acting: dict[str, int], told: list[str]) -> bool:
    """Return whether the kinds told are the most frequent ones, the most frequent first."""
    counts = [acting.get(kind, 0) for kind in told]
    most = sorted(acting.values(), reverse=True)[:MOST_KINDS]
    return len(set(told)) == len(told) and counts == most
