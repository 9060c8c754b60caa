"""The dimensions of a review: company, regions, teams, roles, columns of one's own, people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.problem.instance import Ints
from optimizer.review.book import Seats

COMPANY = "company"
MOST_VALUES = 50
"""A column of the people's own is a dimension up to so many values."""


@dataclass(frozen=True)
class Groups:
    """The groups of one dimension.

    Attributes
    ----------
    dimension : str
    names : tuple of str
    code : (seat,) ints
        Group of each seat among the lowest ones; -1 for none.
    lowest : int
        How many groups seats belong to.
    above : (group, lowest) ints or None
        Which of the lowest lie in each group; None where all groups are lowest ones.
    """

    dimension: str
    names: tuple[str, ...]
    code: Ints
    lowest: int
    above: Ints | None = None

    def total(self, values: Ints) -> Ints:
        """Return sums by group.

        Parameters
        ----------
        values : (period, seat, product) ints

        Returns
        -------
        (period, group, product) ints
        """
        found = np.zeros((values.shape[0], self.lowest, values.shape[2]), dtype=np.int64)
        order = np.argsort(self.code, kind="stable")
        order = order[self.code[order] >= 0]
        if len(order):
            codes, first = np.unique(self.code[order], return_index=True)
            found[:, codes] = np.add.reduceat(values[:, order], first, axis=1)
        return found if self.above is None else np.einsum("gl,plk->pgk", self.above, found)


def dimensions(seats: Seats, parents: Mapping[str, str]) -> tuple[Groups, ...]:
    """Return all dimensions, from the company down to people.

    Parameters
    ----------
    seats : Seats
    parents : mapping of region to the one above it
    """
    company = Groups(COMPANY, ("*",), np.zeros(len(seats), dtype=np.int64), 1)
    return (company, regions_of(seats, parents), *_further(seats))


def _further(seats: Seats) -> Iterator[Groups]:
    if seats.is_regional:
        return
    yield from (_plain(name, getattr(seats, name)) for name in ("team", "role"))
    for name, values in seats.further.items():
        different = len(set(values) - {""})
        if different <= MOST_VALUES and 2 * different <= len(values):
            yield _plain(name, values)
    yield _plain("rep", seats.rep)


def _plain(dimension: str, labels: np.ndarray) -> Groups:
    names = sorted(set(labels) - {""})
    code = np.asarray(pd.Index(names, dtype=object).get_indexer(pd.Index(labels, dtype=object)))
    return Groups(dimension, tuple(names), code.astype(np.int64), len(names))


def regions_of(seats: Seats, parents: Mapping[str, str]) -> Groups:
    """Return the regions that have seats, and all above them, each below its parent."""
    leaves = sorted(set(map(str, seats.region)))
    held: dict[str, set[int]] = {}
    for position, leaf in enumerate(leaves):
        region = leaf
        while region:
            held.setdefault(region, set()).add(position)
            region = parents.get(region, "")
    names = [name for name in in_tree_order(parents) if name in held]
    above = np.zeros((len(names), len(leaves)), dtype=np.int64)
    for row, name in enumerate(names):
        above[row, sorted(held[name])] = 1
    code = pd.Index(leaves, dtype=object).get_indexer(pd.Index(seats.region, dtype=object))
    return Groups("region", tuple(names), code.astype(np.int64), len(leaves), above)


def in_tree_order(parents: Mapping[str, str]) -> list[str]:
    """Return regions by name, each right above those that lie in it."""
    below: dict[str, list[str]] = {}
    for region, parent in sorted(parents.items()):
        below.setdefault(parent, []).append(region)
    found: list[str] = []
    waiting = list(reversed(below.get("", [])))
    while waiting:
        region = waiting.pop()
        found.append(region)
        waiting += reversed(below.get(region, []))
    return found


def depth_of(region: str, parents: Mapping[str, str]) -> int:
    """Return how many regions lie above a region."""
    depth, above = 0, parents.get(region, "")
    while above:
        depth, above = depth + 1, parents.get(above, "")
    return depth
