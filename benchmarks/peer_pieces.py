"""F in straight pieces, for peers that solve linear programs; the same pieces for all.

Three ways to cut them. ``refined``: evenly at first, then three times around the peer's own
last answer, ever narrower; that is what it takes to reach the best plan by linear programs.
``even``: evenly, one program; its answer is coarse. ``known``: one program with pieces around
the best plan, which is handed to the peer for nothing; no peer could know it. ``squared``
stands for peers that take F as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.peer_check import add_up
from benchmarks.peer_world import Answer, Clock, Floats, World

EVEN = np.linspace(0.6, 1.4, 17)
"""Where even pieces meet, in multiples of the reference."""

WIDTHS = (0.02, 0.005, 0.001)
"""Width of the piece in which the last answer lies, program by program, likewise."""

BESIDE = np.array([-4.5, -1.5, -0.5, 0.5, 1.5, 4.5])
"""Where pieces around an answer meet, in multiples of the width."""


@dataclass(frozen=True)
class Pieces:
    """Where the pieces of the terms of F begin and end, ascending.

    Attributes
    ----------
    cell_breaks : (leaf, period, product, piece + 1) floats
    total_breaks : (rep, period, piece + 1) floats
    cell_costs : (leaf, period, product, piece) floats
    total_costs : (rep, period, piece) floats
        Cost per unit of each piece.
    """

    cell_breaks: Floats
    total_breaks: Floats
    cell_costs: Floats
    total_costs: Floats


Program = Callable[..., Answer]
"""A peer: (world, pieces or None for F as it is, variant, clock) → its plan."""


def plan(
    program: Program, world: World, way: str, variant: str, clock: Clock
) -> tuple[Answer, int]:
    """Return the plan of a peer, and how many programs it solved for it.

    Parameters
    ----------
    program : callable
    world : World
    way : str
        One of `WAYS`, or ``squared``.
    variant : str
        What the peer is told.
    clock : Clock
        Adds up the stages of all programs.
    """
    if way == "squared":
        return program(world, None, variant, clock), 1
    if way == "known":
        with clock("build"):
            pieces = around(world, world.best_placed, world.best_total, WIDTHS[-1])
        return program(world, pieces, variant, clock), 1
    with clock("build"):
        pieces = evenly(world)
    answer = program(world, pieces, variant, clock)
    return (answer, 1) if way == "even" else _refined(program, world, answer, variant, clock)


def _refined(
    program: Program, world: World, answer: Answer, variant: str, clock: Clock
) -> tuple[Answer, int]:
    for width in WIDTHS:
        with clock("build"):
            placed = add_up(answer.cells, world.leaf, len(world.reference))
            pieces = around(world, placed, answer.cells.sum(axis=2), width)
        answer = program(world, pieces, variant, clock)
    return answer, 1 + len(WIDTHS)


def evenly(world: World) -> Pieces:
    """Return pieces that know nothing of any plan."""
    cells = world.reference[..., None] * EVEN
    return _pieces(world, cells, world.rep_reference[..., None] * EVEN)


def around(world: World, placed: Floats, total: Floats, width: float) -> Pieces:
    """Return pieces that are narrow around a plan, the middle one of the given width.

    Parameters
    ----------
    world
    placed : (leaf, period, product) floats
    total : (rep, period) floats
    width : float
        In multiples of the reference.
    """
    steps = BESIDE * width
    cells = placed[..., None] + world.reference[..., None] * steps
    return _pieces(world, cells, total[..., None] + world.rep_reference[..., None] * steps)


def _pieces(world: World, cells: Floats, totals: Floats) -> Pieces:
    cell_breaks = _within(cells, 0.0 * world.potential, world.potential)
    total_breaks = _within(totals, world.low, world.high)
    return Pieces(
        cell_breaks,
        total_breaks,
        _mean_slopes(cell_breaks, world.reference),
        _mean_slopes(total_breaks, world.rep_reference),
    )


def _within(inner: Floats, low: Floats, high: Floats) -> Floats:
    low, high = low[..., None], high[..., None]
    return np.concatenate([low, np.clip(inner, low, high), high], axis=-1)


def _mean_slopes(breaks: Floats, reference: Floats) -> Floats:
    """Return the mean slope of (v − v0)²/v0 between neighbouring breakpoints."""
    slopes: Floats = (breaks[..., :-1] + breaks[..., 1:]) / reference[..., None] - 2.0
    return slopes
