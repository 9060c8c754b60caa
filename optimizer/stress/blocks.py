"""Attainments of all periods in blocks of trials, drawn as `simulate` draws them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.stress.compiled import AUTO, kernels_for
from optimizer.stress.factors import REPLICATES
from optimizer.stress.simulate import Draws, Turn, steps
from optimizer.stress.world import World


@dataclass(frozen=True)
class Block:
    """Some trials of one set.

    Attributes
    ----------
    replicate : int
        The set.
    rows : slice
        Which of its trials.
    attainment : tuple of (trial, rep) floats
        By period, in single precision.
    """

    replicate: int
    rows: slice
    attainment: tuple[Floats, ...]


def attainment_blocks(world: World, trials: int, kernel: str = AUTO) -> Iterator[Block]:
    """Yield all trials of all sets, block by block.

    Parameters
    ----------
    trials : int
        In each of `REPLICATES` sets.
    kernel : str
        As in `kernels_for`; same digits.

    Raises
    ------
    InputError
        Where compiled kernels are asked for and cannot be loaded.
    """
    periods, number = world.target.shape
    kernels = kernels_for(kernel, trials * REPLICATES * world.target.size)
    for replicate in range(REPLICATES):
        draws = Draws(world, replicate, trials, Turn(), kernels)
        for rows in steps(trials, number):
            drawn = np.empty((periods, rows.stop - rows.start, number), dtype=np.float32)
            for period in range(periods):
                draws.fill(period, rows, drawn[period])
            yield Block(replicate, rows, tuple(drawn))
