"""What reps have in common in each trial: company, regions, shocks.

Trials come in `REPLICATES` independent sets. Within a set the company's factors and those of the
largest regions are scrambled Sobol points, the others pseudo-random. The spread between the sets
gives every standard error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence
from scipy.special import ndtri

from optimizer.problem.instance import Floats, Ints
from optimizer.stress.payees import Flags
from optimizer.stress.sobol import MOST_DIMENSIONS, sobol_points

REPLICATES = 16

FACTORS, TWINS = 0, 1_000_000
"""First number of the key of a stream; periods have the numbers from 1 on."""


@dataclass(frozen=True)
class Factors:
    """Common factors of one set of trials.

    Attributes
    ----------
    company : (trial, period) floats
        Standard normal.
    region : (trial, period, region) floats
        Standard normal.
    own : (trial,) floats
        Standard normal: the sum of what is the reps' own, where it is not simulated.
    struck : (trial, shock) flags
        Which shocks have come.
    """

    company: Floats
    region: Floats
    own: Floats
    struck: Flags


def stream(seed: int, replicate: int, *key: int) -> Generator:
    """Return the stream of random numbers with a key."""
    return Generator(SFC64(SeedSequence(seed, spawn_key=(replicate, *key))))


def draw_factors(
    seed: int,
    replicate: int,
    trials: int,
    periods: int,
    size: Floats,
    chances: Floats,
    *,
    twin: int = 0,
) -> Factors:
    """Draw the common factors of one set of trials.

    Parameters
    ----------
    size : (region,) floats
        What each region weighs; the largest are covered most evenly.
    chances : (shock,) floats
    twin : int
        Another number draws other factors for the same trials.
    """
    regions = len(size)
    generator = stream(seed, replicate, FACTORS, twin)
    wanted = len(chances) + periods + 1 + periods * regions
    even = min(wanted, MOST_DIMENSIONS)
    normal = np.empty((trials, wanted))
    normal[:, :even] = sobol_points(trials, even, generator)
    ndtri(normal[:, :even], out=normal[:, :even])
    normal[:, even:] = generator.standard_normal((trials, wanted - even))
    struck, company, own, region = np.split(normal, np.cumsum([len(chances), periods, 1]), axis=1)
    order = _largest_first(size)
    by_size = region.reshape(trials, regions, periods)
    return Factors(
        company=company,
        region=np.ascontiguousarray(by_size[:, np.argsort(order), :].transpose(0, 2, 1)),
        own=own[:, 0],
        struck=struck < ndtri(chances),
    )


def _largest_first(size: Floats) -> Ints:
    return np.argsort(-size, kind="stable")
