"""Simulated cost: attainments are drawn, every rep is paid, costs are added up by group.

Each set of trials has its own streams of random numbers, one per period, read in order: the
number of trials worked on at a time, and of workers, changes no digit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.stress.course import Course
from optimizer.stress.factors import REPLICATES, TWINS, Factors, draw_factors, stream
from optimizer.stress.groups import Groups, Ledger
from optimizer.stress.world import World, in_single
from optimizer.workers.here import on_this_machine
from optimizer.workers.workers import in_order

CELLS = 2**16
"""Trials × reps that are worked on at a time; no digit depends on it."""


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
        Processes, and trials × reps at a time; same digits.
    """
    one = partial(_one_set, world, trials, turn or Turn(), groups, cells)
    found = list(in_order(on_this_machine(workers), one, range(REPLICATES)))
    return Costs(
        np.stack([costs.total[0] for costs in found]),
        np.concatenate([costs.detail for costs in found]),
        found[0].columns,
    )


def _one_set(
    world: World, trials: int, turn: Turn, groups: Groups | None, cells: int, replicate: int
) -> Costs:
    periods, number = world.target.shape
    seed = world.rules.seed
    factors = factors_of(world, replicate, trials, turn)
    key = TWINS if turn.fresh else 0
    streams = [stream(seed, replicate, 1 + period, key) for period in range(periods)]
    world = in_single(world)
    total = np.zeros(trials)
    ledger = None if groups is None else Ledger(groups, min(trials, groups.kept))
    step = max(1, cells // max(number, 1))
    buffers = np.empty(
        (periods if world.is_cumulative else 1, min(step, trials), number), dtype=np.float32
    )
    for start in range(0, trials, step):
        rows = slice(start, min(start + step, trials))
        told = ledger if ledger is not None and ledger.opened(rows) else None
        course = Course(world, None if told is None else told.tell)
        for period in range(periods):
            drawn = buffers[period % len(buffers)][: rows.stop - rows.start]
            streams[period].standard_normal(out=drawn, dtype=np.float32)
            attainment = attainments(world, factors, period, rows, drawn)
            if turn.closer:
                attainment += np.clip(1 - attainment, -turn.closer, turn.closer)
            paid = course.pay(period, attainment)
            total[rows] += paid.sum(axis=1)
            if told is not None:
                told.book(paid)
    detail = np.zeros((0, 0)) if ledger is None else ledger.amounts
    columns = () if groups is None else groups.columns
    return Costs(total[None], detail, columns)


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
    laws = world.laws
    drawn *= drawn.dtype.type(np.sqrt(laws.own))
    common = np.sqrt(laws.company) * factors.company[rows, period, None]
    common = common + np.sqrt(laws.region) * factors.region[rows, period]
    drawn += np.repeat(common.astype(drawn.dtype), world.region_reps, axis=1)
    attainment = laws.of_normal(drawn)
    for place, hit in enumerate(world.hit):
        struck = factors.struck[rows, place]
        if struck.any():
            attainment[struck] *= hit.astype(attainment.dtype)
    return attainment
