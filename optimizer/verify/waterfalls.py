"""Waterfalls on arrays: whose steps they are, in which order, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.verify.amounts import SUMMED, whole
from optimizer.verify.axes import UNKNOWN, place
from optimizer.verify.columns import coded, rows_where
from optimizer.verify.cube import Bools, Floats, Ints, Places
from optimizer.verify.failures import Failure, fault

CHECK = "explanations"
PARTS = 100
"""Steps are told in this part of the rounding unit."""
SILENT = 1e-5
"""A step below this part of the number that is explained is none."""
FITTED = 1e-6
"""Relative distance allowed between two fits of the reference."""
DIGITS = 1e-14
"""Relative error of sums of floats that are exact in themselves."""
LIMITS = (
    "potential", "period_share", "region_share", "product_share", "share", "lock", "capacity",
    "min", "effort", "year", "growth", "eligibility", "coverage",
)  # fmt: skip
"""Steps that bear the name of a kind of limit; they stand in any order among themselves."""
LAST = ("fairness shift", "rounding")


@dataclass(frozen=True)
class Waterfalls:
    """All waterfalls of one table; a place is whose number is explained, by its flat index.

    Attributes
    ----------
    file : str
    first : tuple of str
        Steps that come before those of limits, in this order.
    words : place → str
        The labels of a place.
    places : int
        How many there are.
    place : (row,) ints
    step : (row,) ints
        Which of the `names` it is; below 0 for none of them.
    amount : (row,) floats
    """

    file: str
    first: tuple[str, ...]
    words: Callable[[int], str]
    places: int
    place: Places
    step: NDArray[np.int8]
    amount: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all steps."""
        return (*self.first, *LIMITS, *LAST)

    def named(self, step: str) -> Ints:
        """Return the rows that are steps of a name."""
        return np.flatnonzero(self.step == self.names.index(step))

    def label(self, row: int) -> str:
        """Return the labels of a row in words."""
        return f"{self.words(self.place[row])}, {self.names[self.step[row]]}"

    @cached_property
    def begins(self) -> Ints:
        """The rows that are of another place than the row above."""
        return np.flatnonzero(np.append(True, self.place[1:] != self.place[:-1])[: len(self.place)])

    @cached_property
    def listed(self) -> Bools:
        """Which places have a waterfall."""
        found = np.zeros(self.places, dtype=bool)
        found[self.place[self.begins]] = True
        return found

    def sums(self, amount: Floats) -> Floats:
        """Return what amounts of all steps add up to, by place."""
        if not len(amount):
            return np.zeros(self.places)
        parts = np.add.reduceat(amount, self.begins)
        return self._by_place(self.place[self.begins], parts)

    def step_sums(self, step: str) -> Floats:
        """Return what the steps of a name add up to, by place."""
        rows = self.named(step)
        return self._by_place(self.place[rows], self.amount[rows])

    def _by_place(self, place: Places, amount: Floats) -> Floats:
        return np.bincount(place, weights=amount, minlength=self.places).astype(np.float64)


def read_waterfalls(
    frame: pd.DataFrame,
    file: str,
    first: tuple[str, ...],
    places: int,
    where: Places,
    words: Callable[[int], str],
) -> tuple[Waterfalls, tuple[Failure, ...]]:
    """Return the waterfalls of a table, and its rows that no place or step is known for.

    Parameters
    ----------
    places : int
        How many there may be.
    where : (row,) ints
        The place of each row; below 0 where its labels are unknown.
    """
    codes, names = coded(frame["step"])
    step = np.append(place((*first, *LIMITS, *LAST), names), UNKNOWN).astype(np.int8)[codes]
    amount = frame["amount"].to_numpy(dtype=float)
    good = (where >= 0) & (step >= 0)
    if good.all():
        return Waterfalls(file, first, words, places, where, step, amount), ()
    labels = [name for name in frame if name not in ("measure", "amount")]
    failures = tuple(
        fault(CHECK, file, f"row {row}",
              f"{', '.join(map(str, frame.loc[row, labels]))}: is an unknown label")
        for row in frame.index[~good]
    )  # fmt: skip
    known = Waterfalls(file, first, words, places, where[good], step[good], amount[good])
    return known, failures


def check_steps(falls: Waterfalls, unit: float) -> Iterator[Failure]:
    """Yield steps that are out of order, or no whole hundredths of the rounding."""
    # Limits stand in any order among themselves.
    before, after = len(falls.first), len(falls.first) + len(LIMITS)
    steps = np.arange(len(falls.names), dtype=np.int8)
    rank = np.where(steps < after, np.minimum(steps, before), steps)[falls.step]
    falling = np.append(False, rank[1:] < rank[:-1])[: len(rank)]
    falling[falls.begins] = False
    for row in _places(falling):
        yield fault(CHECK, falls.file, falls.label(row),
                    "stands out of order: it comes before the step above it")  # fmt: skip
    for row in falls.begins[rank[falls.begins] > 0].tolist():
        yield fault(CHECK, falls.file, falls.words(falls.place[row]),
                    f"does not begin with the step '{falls.first[0]}'")  # fmt: skip
    for where in _places(np.bincount(falls.place[falls.begins]) > 1):
        yield fault(CHECK, falls.file, falls.words(where), "its steps do not stand together")
    part = unit / PARTS
    for row in rows_where(len(rank), lambda rows: ~whole(falls.amount[rows], part)).tolist():
        words = f"is no whole multiple of {unit / PARTS:g}"
        yield fault(CHECK, falls.file, falls.label(row), words, found=falls.amount[row])


def check_ends(falls: Waterfalls, targets: Floats, wanted: Bools, unit: float) -> Iterator[Failure]:
    """Yield waterfalls that are missing or do not end at the target, to the last digit.

    Parameters
    ----------
    targets : (place,) floats
    wanted : (place,) bools
        Places that must have a waterfall.
    unit : float
    """
    listed, found = falls.listed, falls.sums(falls.amount)
    for where in _places(wanted & ~listed):
        yield fault(CHECK, falls.file, falls.words(where),
                    "is missing: nothing explains the target", targets[where])  # fmt: skip
    scale = falls.sums(np.abs(falls.amount))
    slack = SUMMED * unit / PARTS + DIGITS * (scale + targets)
    for where in _places((listed | ~wanted) & (np.abs(found - targets) > slack)):
        yield fault(CHECK, falls.file, falls.words(where),
                    "the steps do not add up to the target",
                    targets[where], found[where])  # fmt: skip


def check_given_step(
    falls: Waterfalls, step: str, expected: Floats, size: Floats, unit: float, told: str
) -> Iterator[Failure]:
    """Yield steps that follow from the inputs alone and are not what these give.

    Parameters
    ----------
    step : str
    expected, size : (place,) floats
        The exact step, and the size of the number that is explained: what is small beside it
        may be told in a later step.
    unit : float
    told : str
        What the step must be, in words.
    """
    found = falls.step_sums(step)
    silent = np.where(np.abs(expected) <= (SILENT + FITTED) * size, np.abs(expected), 0.0)
    slack = (1.0 + SUMMED) * unit / PARTS + FITTED * size + silent
    wrong = falls.listed & (np.abs(found - expected) > slack)
    for where in _places(wrong):
        yield fault(CHECK, falls.file, f"{falls.words(where)}, {step}", f"is not {told}",
                    expected[where], found[where])  # fmt: skip


def check_limit_step(falls: Waterfalls, step: str, acts: Bools) -> Iterator[Failure]:
    """Yield steps that are named after a kind of limit where none of the kind acts.

    Parameters
    ----------
    step : str
    acts : (place,) bools
        Where a limit of the kind acts.
    """
    told = falls.named(step)
    told = told[falls.amount[told] != 0.0]
    for row in told[~acts[falls.place[told]]].tolist():
        yield fault(CHECK, falls.file, falls.label(row),
                    f"no limit of the kind {step} acts there", found=falls.amount[row])  # fmt: skip


def _places(chosen: Bools) -> list[int]:
    return [int(index) for index in np.flatnonzero(chosen)]
