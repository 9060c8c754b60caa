"""Simulated cost: attainments are drawn, every rep is paid, costs are added up by group.

Each set of trials has its own streams of random numbers, one per period, read in order: the
number of trials worked on at a time, and of workers, changes no digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.stress.compiled import AUTO, kernels_for
from optimizer.stress.course import Course
from optimizer.stress.factors import REPLICATES, TWINS, Factors, draw_factors, stream
from optimizer.stress.groups import Groups, Ledger
from optimizer.stress.world import World, in_single
from optimizer.workers.here import on_this_machine
from optimizer.workers.workers import in_order

if TYPE_CHECKING:
    from optimizer.compiled.kernels import Kernels

CELLS = 2**16
"""Trials × reps that are worked on at a time; no digit depends on it."""

WORTH_PROCESSES = 50_000_000
"""Payouts from which on further processes save more time than they take to begin."""


@dataclass(frozen=True)
class Turn:
    """How a simulation differs from the plain one.

    Attributes
    ----------
    forced : int or None
        A shock that comes in every trial.
    fresh : str
        What is drawn anew, the rest being as in the plain simulation: ``individual``, ``region``
        (and individuals), ``company`` (and all below); empty for nothing.
    closer : float
        By how much every attainment is closer to 100 %.
    """

    forced: int | None = None
    fresh: str = ""
    closer: float = 0.0


@dataclass(frozen=True)
class Costs:
    """What trials cost.

    Attributes
    ----------
    total : (set, trial) floats
        In pay units.
    detail : (set × kept trial, column) floats
        Cost by group, tier and component in the trials that are kept.
    columns : tuple of (str, str)
        Dimension and name of each column of `detail`.
    """

    total: Floats
    detail: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    columns: tuple[tuple[str, str], ...] = ()


def simulate(
    world: World,
    trials: int,
    *,
    turn: Turn | None = None,
    groups: Groups | None = None,
    workers: int = 1,
    cells: int = CELLS,
    kernel: str = AUTO,
) -> Costs:
    """Simulate the cost of all periods of a plan.

    Parameters
    ----------
    trials : int
        In each of `REPLICATES` sets.
    turn : Turn, optional
    groups : Groups, optional
        By what costs are added up; nothing but totals if left out.
    workers, cells : int
        Processes, where there is enough to do, and trials × reps at a time; same digits.
    kernel : str
        As in `kernels_for`; same digits.

    Raises
    ------
    InputError
        Where compiled kernels are asked for and cannot be loaded, or there are no processes.
    """
    one = partial(_one_set, world, trials, turn or Turn(), groups, cells, kernel)
    crew = on_this_machine(workers)
    if trials * REPLICATES * world.target.size < WORTH_PROCESSES:
        crew = on_this_machine(1)
    found = list(in_order(crew, one, range(REPLICATES)))
    return Costs(
        np.stack([costs.total[0] for costs in found]),
        np.concatenate([costs.detail for costs in found]),
        found[0].columns,
    )


def _one_set(
    world: World,
    trials: int,
    turn: Turn,
    groups: Groups | None,
    cells: int,
    kernel: str,
    replicate: int,
) -> Costs:
    periods, number = world.target.shape
    kernels = kernels_for(kernel, trials * REPLICATES * world.target.size)
    draws = Draws(world, replicate, trials, turn, kernels)
    world = in_single(world)
    total = np.zeros(trials)
    ledger = None if groups is None else Ledger(groups, min(trials, groups.kept))
    held = periods if world.is_cumulative else 1
    buffers = np.empty((held, min(at_once(number, cells), trials), number), dtype=np.float32)
    for rows in steps(trials, number, cells):
        told = ledger if ledger is not None and ledger.opened(rows) else None
        course = Course(world, None if told is None else told.tell, kernels)
        for period in range(periods):
            attainment = buffers[period % held][: rows.stop - rows.start]
            draws.fill(period, rows, attainment)
            paid = course.pay(period, attainment)
            total[rows] += paid.sum(axis=1)
            if told is not None:
                told.book(paid)
    detail = np.zeros((0, 0)) if ledger is None else ledger.amounts
    columns = () if groups is None else groups.columns
    return Costs(total[None], detail, columns)


def at_once(reps: int, cells: int = CELLS) -> int:
    """Return how many trials are worked on at a time."""
    return max(1, cells // max(reps, 1))


def steps(trials: int, reps: int, cells: int = CELLS) -> Iterator[slice]:
    """Yield the trials of a set in their order, some at a time."""
    step = at_once(reps, cells)
    for start in range(0, trials, step):
        yield slice(start, min(start + step, trials))


class Draws:
    """Draws the attainments of one set of trials.

    Parameters
    ----------
    replicate : int
        The set.
    trials : int
        In the set.
    turn : Turn
    kernels : Kernels or None
        Compiled ones; the same digits.
    """

    def __init__(
        self, world: World, replicate: int, trials: int, turn: Turn, kernels: Kernels | None
    ) -> None:
        self._world, self._turn, self._kernels = world, turn, kernels
        self._factors = factors_of(world, replicate, trials, turn)
        self._size = world.region_reps
        key = TWINS if turn.fresh else 0
        self._streams = [
            stream(world.rules.seed, replicate, 1 + period, key)
            for period in range(len(world.target))
        ]

    def fill(self, period: int, rows: slice, found: Floats) -> None:
        """Fill in the attainments of some trials, those that follow the last ones of the period.

        Parameters
        ----------
        found : (trial, rep) floats
            In single precision.
        """
        world, factors, own = self._world, self._factors, self._streams[period]
        if self._kernels is None:
            own.standard_normal(out=found, dtype=np.float32)
            attainments(world, factors, period, rows, found)
        else:
            common = _common(world, factors, period, rows)
            laws, share = world.laws, float(np.sqrt(world.laws.own))
            line = None if laws.others else laws.log_line
            self._kernels.draw(own, share, common, self._size, found, line)
            if line is None:
                laws.of_normal(found)
            else:
                np.exp(found, out=found)
            _strike(world, factors, rows, found)
        closer = self._turn.closer
        if closer:
            found += np.clip(1 - found, -closer, closer)


def factors_of(world: World, replicate: int, trials: int, turn: Turn) -> Factors:
    """Return the common factors of a set of trials, with what a turn draws anew."""
    arguments = (world.rules.seed, replicate, trials, len(world.payees.periods))
    plain = draw_factors(*arguments, world.region_size, world.chances)
    if turn.fresh in ("region", "company"):
        other = draw_factors(*arguments, world.region_size, world.chances, twin=1)
        company = other.company if turn.fresh == "company" else plain.company
        plain = Factors(company, other.region, plain.own, plain.struck)
    if turn.forced is not None:
        plain.struck[:, turn.forced] = True
    return plain


def attainments(world: World, factors: Factors, period: int, rows: slice, drawn: Floats) -> Floats:
    """Turn a rep's own normal numbers into attainments, in place, (trial, rep) floats."""
    drawn *= drawn.dtype.type(np.sqrt(world.laws.own))
    common = _common(world, factors, period, rows)
    drawn += np.repeat(common.astype(drawn.dtype), world.region_reps, axis=1)
    _strike(world, factors, rows, world.laws.of_normal(drawn))
    return drawn


def _common(world: World, factors: Factors, period: int, rows: slice) -> Floats:
    """Return what the normal numbers of a region's reps have in common, (trial, region) floats."""
    laws = world.laws
    company = np.sqrt(laws.company) * factors.company[rows, period, None]
    return np.asarray(company + np.sqrt(laws.region) * factors.region[rows, period])


def _strike(world: World, factors: Factors, rows: slice, attainment: Floats) -> None:
    """Take off in place what shocks take of attainments, (trial, rep) floats."""
    for place, hit in enumerate(world.hit):
        struck = factors.struck[rows, place]
        if struck.any():
            attainment[struck] *= hit.astype(attainment.dtype)
