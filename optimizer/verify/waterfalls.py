"""Waterfalls on arrays: whose steps they are, in which order, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.verify.amounts import SUMMED, whole
from optimizer.verify.axes import place
from optimizer.verify.cube import Bools, Floats, Ints
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
    place : (row,) ints
    step : (row,) ints
        Which of the `names` it is; below 0 for none of them.
    amount : (row,) floats
    """

    file: str
    first: tuple[str, ...]
    words: Callable[[int], str]
    place: Ints
    step: NDArray[np.int8]
    amount: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all steps."""
        return (*self.first, *LIMITS, *LAST)

    def named(self, step: str) -> Bools:
        """Return which rows are steps of a name."""
        return np.asarray(self.step == self.names.index(step), dtype=bool)

    def label(self, row: int) -> str:
        """Return the labels of a row in words."""
        return f"{self.words(self.place[row])}, {self.names[self.step[row]]}"

    def sums(self, places: int, rows: Bools | None = None) -> Floats:
        """Return what all steps, or those of some rows, add up to, by place."""
        at, amount = self.place, self.amount
        if rows is not None:
            at, amount = at[rows], amount[rows]
        return np.bincount(at, weights=amount, minlength=places).astype(np.float64)

    def listed(self, places: int) -> Bools:
        """Return which places have a waterfall."""
        return np.asarray(np.bincount(self.place, minlength=places) > 0, dtype=bool)


def read_waterfalls(
    frame: pd.DataFrame,
    file: str,
    first: tuple[str, ...],
    where: Ints,
    words: Callable[[int], str],
) -> tuple[Waterfalls, tuple[Failure, ...]]:
    """Return the waterfalls of a table, and its rows that no place or step is known for.

    Parameters
    ----------
    where : (row,) ints
        The place of each row; below 0 where its labels are unknown.
    """
    step = place((*first, *LIMITS, *LAST), frame["step"])
    good = (where >= 0) & (step >= 0)
    labels = [name for name in frame if name not in ("measure", "amount")]
    failures = tuple(
        fault(CHECK, file, f"row {row}",
              f"{', '.join(map(str, frame.loc[row, labels]))}: is an unknown label")
        for row in frame.index[~good]
    )  # fmt: skip
    amount = frame["amount"].to_numpy(dtype=float)
    steps = step[good].astype(np.int8)
    return Waterfalls(file, first, words, where[good], steps, amount[good]), failures


def check_steps(falls: Waterfalls, unit: float) -> Iterator[Failure]:
    """Yield steps that are out of order, or no whole hundredths of the rounding."""
    # Limits stand in any order among themselves.
    before, after = len(falls.first), len(falls.first) + len(LIMITS)
    rank = np.where(falls.step < after, np.minimum(falls.step, before), falls.step)
    begins = np.diff(falls.place, prepend=-1) != 0
    for row in _places(~begins & (np.diff(rank, prepend=0) < 0)):
        yield fault(CHECK, falls.file, falls.label(row),
                    "stands out of order: it comes before the step above it")  # fmt: skip
    for row in _places(begins & (rank > 0)):
        yield fault(CHECK, falls.file, falls.words(falls.place[row]),
                    f"does not begin with the step '{falls.first[0]}'")  # fmt: skip
    for where in _places(np.bincount(falls.place[begins]) > 1):
        yield fault(CHECK, falls.file, falls.words(where), "its steps do not stand together")
    for row in _places(~whole(falls.amount, unit / PARTS)):
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
    places = len(targets)
    listed, found = falls.listed(places), falls.sums(places)
    for where in _places(wanted & ~listed):
        yield fault(CHECK, falls.file, falls.words(where),
                    "is missing: nothing explains the target", targets[where])  # fmt: skip
    scale = np.bincount(falls.place, weights=np.abs(falls.amount), minlength=places)
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
    found = falls.sums(len(expected), falls.named(step))
    silent = np.where(np.abs(expected) <= (SILENT + FITTED) * size, np.abs(expected), 0.0)
    slack = (1.0 + SUMMED) * unit / PARTS + FITTED * size + silent
    wrong = falls.listed(len(expected)) & (np.abs(found - expected) > slack)
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
    told = np.flatnonzero(falls.named(step) & (falls.amount != 0.0))
    for row in told[~acts[falls.place[told]]].tolist():
        yield fault(CHECK, falls.file, falls.label(row),
                    f"no limit of the kind {step} acts there", found=falls.amount[row])  # fmt: skip


def _places(chosen: Bools) -> list[int]:
    return [int(index) for index in np.flatnonzero(chosen)]
