"""Attainments of all periods in blocks of trials, drawn as `simulate` draws them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.stress.factors import REPLICATES, stream
from optimizer.stress.simulate import CELLS, Turn, attainments, factors_of
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


def attainment_blocks(world: World, trials: int) -> Iterator[Block]:
    """Yield all trials of all sets, block by block.

    Parameters
    ----------
    trials : int
        In each of `REPLICATES` sets.
    """
    periods, number = world.target.shape
    step = max(1, CELLS // max(number, 1))
    for replicate in range(REPLICATES):
        factors = factors_of(world, replicate, trials, Turn())
        streams = [stream(world.rules.seed, replicate, 1 + period, 0) for period in range(periods)]
        for start in range(0, trials, step):
            rows = slice(start, min(start + step, trials))
            drawn = []
            for period in range(periods):
                normal = np.empty((rows.stop - rows.start, number), dtype=np.float32)
                streams[period].standard_normal(out=normal, dtype=np.float32)
                drawn.append(attainments(world, factors, period, rows, normal))
            yield Block(replicate, rows, tuple(drawn))
