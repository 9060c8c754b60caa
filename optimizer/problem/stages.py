"""Stages of a build, kept with what each was made from, so that the next one is quicker.

Where a scenario differs from one built before in a row or a key, most stages would come out as
they were. A stage whose needs are the same is taken over; one that is made again and comes out
the same counts as unchanged for the stages after it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

Result = TypeVar("Result")


@dataclasses.dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a table that a stage reads; no others count as a change."""

    frame: pd.DataFrame | None
    names: tuple[str, ...]

    def like(self, other: Columns) -> bool:
        """Return whether another table says the same in these columns, row by row."""
        if self.frame is other.frame:
            return True
        if self.frame is None or other.frame is None or len(self.frame) != len(other.frame):
            return False
        mine, theirs = self.frame, other.frame
        return all(mine[name].array.equals(theirs[name].array) for name in self.names)


@dataclasses.dataclass(frozen=True)
class _Kept:
    needs: tuple[Any, ...]
    result: Any


class Stages:
    """What the stages of one build were made from, and what came out.

    Parameters
    ----------
    before : Stages, optional
        Of a build whose stages may be taken over; it stays as it is.
    """

    def __init__(self, before: Stages | None = None) -> None:
        self._before: dict[str, _Kept] = {} if before is None else before._made
        self._made: dict[str, _Kept] = {}

    def of(
        self,
        name: str,
        needs: Sequence[Any],
        work: Callable[[], Result],
        *,
        also: Sequence[Any] = (),
        counts: Callable[[Result], bool] = bool,
    ) -> Result:
        """Return the result of a stage: the one before where its needs are the same.

        Parameters
        ----------
        name : str
        needs : sequence
            All that `work` reads: tables as they are or as `Columns`, settings, results of
            earlier stages. Tables are told apart by identity.
        work : function
            Makes the result, from `needs` alone.
        also : sequence
            Needs that count only where `counts` says so of the result before.
        counts : function
        """
        kept = self._before.get(name)
        everything = (*needs, *also)
        if kept is not None:
            number = len(everything) if also and counts(kept.result) else len(needs)
            if all(map(_unchanged, kept.needs[:number], everything)):
                before: Result = kept.result
                self._made[name] = _Kept(everything, before)
                return before
        result = work()
        if kept is not None and same(kept.result, result):
            result = kept.result
        self._made[name] = _Kept(everything, result)
        return result


def _unchanged(before: Any, now: Any) -> bool:
    if isinstance(now, Columns):
        return now.like(before)
    return same(before, now)


def same(one: Any, other: Any) -> bool:
    """Return whether two results agree to the last digit, arrays and all.

    Whole tables agree only where they are the same object: to compare their cells would take
    as long as to read them.
    """
    if one is other:
        return True
    if type(one) is not type(other) or isinstance(one, pd.DataFrame):
        return False
    if isinstance(one, pd.Series):
        return one.reset_index(drop=True).equals(other.reset_index(drop=True))
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and bool(
            np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        )
    if isinstance(one, tuple | list):
        if len(one) != len(other):
            return False
        names = bool(one) and isinstance(one[0], str)
        return bool(one == other) if names else all(map(same, one, other))
    if dataclasses.is_dataclass(one):
        return all(
            same(getattr(one, field.name), getattr(other, field.name))
            for field in dataclasses.fields(one)
        )
    return bool(one == other)
