"""Normal numbers in single precision: those that numpy draws from the same stream, sooner.

Nearly always numpy's method (Marsaglia and Tsang 2000) takes a random integer and looks up the
limit and the width of one of 256 strips. That is done here, on the state of the stream itself;
whatever else comes up is left to numpy's own function, which is also asked for the limits and
widths. All is tried against numpy before it is used.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

import numpy as np
from llvmlite import binding
from numba import types
from numpy.random import SFC64, Generator, _generator

from optimizer.compiled.just_in_time import compiled
from optimizer.problem.instance import Floats, Ints

_NAME = "random_standard_normal_f"
_KNOWN_AS = "quotaplan_numpy_normal"
_TRIED = (257, 255)
"""Trials and reps that are drawn both ways at first; the number is odd."""

_STATE_WORDS = 5
"""Four of the stream; the last one's halves: is there an integer left over, and which."""

_ONE, _STRIP, _HALF = np.uint64(1), np.uint64(0x1FF), np.uint64(0xFFFFFFFF)
_OF_SIZE, _HALVES, _PLACE_OF_SIZE = np.uint64(9), np.uint64(32), np.uint64(41)
_ROTATED, _ROTATED_BACK = np.uint64(24), np.uint64(40)
_SHIFTED_RIGHT, _SHIFTED_LEFT = np.uint64(11), np.uint64(3)

draw_as_numpy = types.ExternalFunction(_KNOWN_AS, types.float32(types.uintp))


@compiled
def find_strips(state: Ints, stream: int, limit: Ints, width: Floats) -> None:
    """Find the limit and the width of each strip, (strip,) each; the second half goes left.

    Parameters
    ----------
    state : (word,) ints
        Of a stream that nobody else draws from.
    stream : int
        Address by which numpy's function knows it.
    """
    half = len(limit) // 2
    for strip in range(half):
        least, most = 0, 2**23
        while least < most:
            middle = (least + most) // 2
            before = state[3]
            state[4] = (np.uint64(middle) << _PLACE_OF_SIZE) | (np.uint64(strip) << _HALVES) | _ONE
            draw_as_numpy(stream)
            if state[3] == before:
                least = middle + 1
            else:
                most = middle
        limit[strip] = limit[strip + half] = least
        if least > 1:
            state[4] = (_ONE << _PLACE_OF_SIZE) | (np.uint64(strip) << _HALVES) | _ONE
            width[strip] = draw_as_numpy(stream)
            width[strip + half] = -width[strip]


@compiled
def fill_normals(state: Ints, stream: int, limit: Ints, width: Floats, found: Floats) -> None:
    """Fill in what comes next in a stream, (number,) floats."""
    first, second, third, count, left = state[0], state[1], state[2], state[3], state[4]
    place, number = 0, found.size
    while place < number:
        if left & _ONE == 0 and place + 1 < number:
            word = first + second + count
            low, high = word & _HALF, word >> _HALVES
            strip, other = low & _STRIP, high & _STRIP
            size, other_size = low >> _OF_SIZE, high >> _OF_SIZE
            if (size < limit[strip]) & (other_size < limit[other]):
                found[place] = np.float32(np.int64(size)) * width[strip]
                found[place + 1] = np.float32(np.int64(other_size)) * width[other]
                first = second ^ (second >> _SHIFTED_RIGHT)
                second = third + (third << _SHIFTED_LEFT)
                third = ((third << _ROTATED) | (third >> _ROTATED_BACK)) + word
                count += _ONE
                place += 2
                continue
        state[0], state[1], state[2], state[3], state[4] = first, second, third, count, left
        found[place] = draw_as_numpy(stream)
        first, second, third, count, left = state[0], state[1], state[2], state[3], state[4]
        place += 1
    state[0], state[1], state[2], state[3], state[4] = first, second, third, count, left


@compiled
def fill_rows(
    state: Ints,
    stream: int,
    limit: Ints,
    width: Floats,
    share: np.float32,
    common: Floats,
    end: Ints,
    spread: Floats,
    mean: Floats,
    found: Floats,
) -> None:
    """Fill in share × (what comes next in a stream) + what the reps of a region have in common.

    Parameters
    ----------
    common : (trial, region) floats
    end : (region,) ints
        Where each region ends.
    spread, mean : (rep,) floats
        By which that is multiplied, and what is then added; empty: nothing.
    found : (trial, rep) floats
    """
    for trial in range(found.shape[0]):
        row = found[trial]
        fill_normals(state, stream, limit, width, row)
        begin = 0
        for region in range(end.size):
            own, level = row[begin : end[region]], common[trial, region]
            for place in range(own.size):
                own[place] = own[place] * share + level
            begin = end[region]
        for place in range(spread.size):
            row[place] = row[place] * spread[place] + mean[place]


@cache
def strips() -> tuple[Ints, Floats] | None:
    """Return limits and widths, or None where numpy's own numbers cannot be found this way.

    Returns
    -------
    (strip,) ints
    (strip,) floats
    """
    library = ctypes.CDLL(_generator.__file__)
    if sys.byteorder != "little" or not hasattr(library, _NAME):
        return None
    address = ctypes.cast(getattr(library, _NAME), ctypes.c_void_p).value
    binding.add_symbol(_KNOWN_AS, address)
    asked = Generator(SFC64(0))
    limit, width = np.zeros(512, dtype=np.uint32), np.zeros(512, dtype=np.float32)
    if not _is_known(asked):
        return None
    find_strips(*_inside(asked), limit, width)
    return (limit, width) if _are_numpys(limit, width) else None


def draw_rows(
    stream: Generator,
    share: np.float32,
    common: Floats,
    end: Ints,
    line: tuple[Floats, Floats],
    found: Floats,
) -> None:
    """Draw normal numbers as `fill_rows` does; only where there are `strips`."""
    known = strips()
    assert known is not None
    fill_rows(*_inside(stream), *known, share, common, end, *line, found)


def _inside(stream: Generator) -> tuple[Ints, int]:
    """Return the state of a stream, as it changes, and the address by which numpy knows it."""
    inside = stream.bit_generator.ctypes
    words = (ctypes.c_uint64 * _STATE_WORDS).from_address(inside.state_address)
    return np.frombuffer(memoryview(words), dtype=np.uint64), int(inside.bit_generator.value)


def _is_known(stream: Generator) -> bool:
    """Return whether the state of a stream lies in memory as it is read here."""
    stream.standard_normal(dtype=np.float32)
    told = stream.bit_generator.state
    left = told["has_uint32"] | told["uinteger"] << 32
    return bool(_inside(stream)[0].tolist() == [*told["state"]["state"].tolist(), left])


def _are_numpys(limit: Ints, width: Floats) -> bool:
    """Return whether numbers, and the state that they leave, are those of numpy."""
    plain, own = Generator(SFC64(1)), Generator(SFC64(1))
    wanted, found = (np.empty(_TRIED, dtype=np.float32) for _ in range(2))
    nothing, end = np.zeros((_TRIED[0], 1), dtype=np.float32), np.array([_TRIED[1]])
    plain.standard_normal(out=wanted, dtype=np.float32)
    empty = np.zeros(0, dtype=np.float32)
    fill_rows(*_inside(own), limit, width, np.float32(1), nothing, end, empty, empty, found)
    is_next = plain.standard_normal(dtype=np.float32) == own.standard_normal(dtype=np.float32)
    return bool(is_next) and np.array_equal(wanted, found)
