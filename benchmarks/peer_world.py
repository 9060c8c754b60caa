"""One planning problem as plain arrays: what every peer of the benchmark is given.

The letters of the model page: D asked and Y placed per cell (leaf, period, product), T per
rep and period, x per rep, period and product. The rules are those of the joint model where
every cell is open, everyone sells everything, and nobody over-assigns or locks anything:

    Σ D = goal                                    goal
    low·goal ≤ Σ D of a period, product or area ≤ high·goal
    low·Σ D of its area ≤ Σ D of a leaf ≤ high·Σ D of its area
    0 ≤ Y ≤ potential, Y ≤ D                      market and backing
    Y of a cell = Σ x of the leaf's reps          coverage
    low ≤ T ≤ high, T = Σ x of a rep's products   rep limits

Least is ``PENALTY``·(Σ D − Σ Y) + F. In a linear program, F is charged in straight pieces,
cut the same way for all peers (`peer_pieces`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peer_list import ARRAYS

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

PENALTY = 1000.0
"""Cost of a unit of gap; far above the prices of fairness in this world."""


@dataclass(frozen=True)
class World:
    """The arrays.

    Attributes
    ----------
    reference, potential : (leaf, period, product) floats
        D0 and the usable potential.
    area : (leaf,) ints
    leaf : (rep,) ints
    rep_reference, low, high : (rep, period) floats
        T0, usable min and capacity.
    period_band, product_band, area_band, leaf_band : (part, 2) floats
        Lowest and highest share of the goal; of the area for a leaf.
    goal : float
    best_placed : (leaf, period, product) floats
    best_total : (rep, period) floats
    placed_most, fairness : float
        Y, T, Σ Y and F of the best plan, as quotaplan proves it.
    """

    reference: Floats
    potential: Floats
    area: Ints
    leaf: Ints
    rep_reference: Floats
    low: Floats
    high: Floats
    period_band: Floats
    product_band: Floats
    area_band: Floats
    leaf_band: Floats
    goal: float
    best_placed: Floats
    best_total: Floats
    placed_most: float
    fairness: float

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder."""
        np.savez(folder / ARRAYS, **{one.name: getattr(self, one.name) for one in fields(self)})

    @classmethod
    def load(cls, folder: Path) -> World:
        """Read the arrays back."""
        with np.load(folder / ARRAYS) as stored:
            return cls(**{name: _plain(stored[name]) for name in stored.files})


def _plain(array: Any) -> Any:
    return array if array.ndim else float(array)


@dataclass(frozen=True)
class Answer:
    """What a peer planned.

    Attributes
    ----------
    ask : (leaf, period, product) floats
    cells : (rep, period, product) floats
    """

    ask: Floats
    cells: Floats


@dataclass
class Clock:
    """Seconds by stage, in the order in which they were spent."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time what is done inside."""
        started = perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - started
