"""Scrambled Sobol points: even coverage of a few dimensions, each point uniform by itself.

Direction numbers are those of Joe and Kuo (2008); the scrambling is a random lower triangular
matrix and a random shift for each dimension (Matoušek 1998). Different scramblings are
independent, so their spread is an honest standard error.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from optimizer.problem.instance import Floats

BITS = 32
POLYNOMIALS = (
    1, 3, 7, 11, 13, 19, 25, 37, 41, 47, 55, 59, 61, 67, 91, 97, 103, 109, 115, 131, 137, 143, 145,
    157,
)  # fmt: skip
"""Primitive polynomial of each dimension, as the bits of its coefficients."""

FIRST = (
    (1,), (1,), (1, 3), (1, 3, 1), (1, 1, 1), (1, 1, 3, 3), (1, 3, 5, 13), (1, 1, 5, 5, 17),
    (1, 1, 5, 5, 5), (1, 1, 7, 11, 19), (1, 1, 5, 1, 1), (1, 1, 1, 3, 11), (1, 3, 5, 5, 31),
    (1, 3, 3, 9, 7, 49), (1, 1, 1, 15, 21, 21), (1, 3, 1, 13, 27, 49), (1, 1, 1, 15, 7, 5),
    (1, 3, 1, 15, 13, 25), (1, 1, 5, 5, 19, 61), (1, 3, 7, 11, 23, 15, 103),
    (1, 3, 7, 13, 13, 15, 69), (1, 1, 3, 13, 7, 35, 63), (1, 3, 5, 9, 1, 25, 53),
    (1, 3, 1, 13, 9, 35, 107),
)  # fmt: skip
"""First direction numbers of each dimension."""

MOST_DIMENSIONS = len(POLYNOMIALS)

Words = NDArray[np.uint64]

_SHIFTS = np.arange(BITS - 1, -1, -1, dtype=np.uint64)
_ITSELF = np.uint64(1) << _SHIFTS
_ABOVE = np.uint64(2**BITS) - (_ITSELF << np.uint64(1))
"""For each bit, counted from the highest: the word of that bit, and of all bits above it."""


def sobol_points(number: int, dimensions: int, generator: Generator) -> Floats:
    """Return the first points of a scrambled Sobol sequence.

    Parameters
    ----------
    number : int
        At most 2³².
    dimensions : int
        At most `MOST_DIMENSIONS`.
    generator : Generator
        Source of the scrambling.

    Returns
    -------
    (number, dimensions) floats
        Strictly between 0 and 1.
    """
    bits = (number - 1).bit_length()
    directions = np.stack([_directions(dimension)[:bits] for dimension in range(dimensions)])
    rows = np.empty((dimensions, BITS), dtype=np.uint64)
    shift = np.empty(dimensions, dtype=np.uint64)
    for dimension in range(dimensions):
        rows[dimension] = generator.integers(2**BITS, size=BITS, dtype=np.uint64)
        shift[dimension] = generator.integers(2**BITS, dtype=np.uint64)
    directions = _scrambled(directions, rows)
    word = np.repeat(shift[None], number, axis=0)
    index = np.arange(number, dtype=np.uint64)[:, None]
    for bit in range(bits):
        word ^= ((index >> np.uint64(bit)) & np.uint64(1)) * directions[:, bit]
    return np.asarray((word + 0.5) / 2.0**BITS)


@cache
def _directions(dimension: int) -> Words:
    """Return the direction numbers of a dimension, the first bit highest, (BITS,) words."""
    polynomial, first = POLYNOMIALS[dimension], FIRST[dimension]
    degree = polynomial.bit_length() - 1
    if degree == 0:
        return np.array([1 << (BITS - 1 - bit) for bit in range(BITS)], dtype=np.uint64)
    numbers = list(first[:degree])
    for place in range(degree, BITS):
        value = numbers[place - degree] ^ (numbers[place - degree] << degree)
        for step in range(1, degree):
            if (polynomial >> (degree - step)) & 1:
                value ^= numbers[place - step] << step
        numbers.append(value)
    words = [value << (BITS - 1 - place) for place, value in enumerate(numbers)]
    return np.array(words, dtype=np.uint64)


def _scrambled(directions: Words, chosen: Words) -> Words:
    """Return direction numbers under lower triangular matrices of bits.

    Parameters
    ----------
    directions : (dimension, bit) words
    chosen : (dimension, BITS) words
        Random bits.
    """
    # Row k of a matrix, as a word: bit k itself and a random choice of the bits above it.
    rows = (chosen & _ABOVE) | _ITSELF
    odd = directions[:, :, None] & rows[:, None, :]
    for half in (16, 8, 4, 2, 1):
        odd ^= odd >> np.uint64(half)
    odd &= np.uint64(1)
    return np.asarray((odd << _SHIFTS).sum(axis=2, dtype=np.uint64))
