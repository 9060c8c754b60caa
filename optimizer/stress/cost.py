"""Cost of a world by the cheapest way that is exact, element by element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import compress
from operator import not_

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats
from optimizer.stress.closed import build_curves, closed_costs, has_closed_form
from optimizer.stress.course import Course
from optimizer.stress.factors import REPLICATES
from optimizer.stress.groups import build_groups
from optimizer.stress.measures import (
    QUANTILES,
    Figure,
    quantile,
    quantiles,
    shared_variance,
    standard_error,
    standard_errors,
    tail,
)
from optimizer.stress.simulate import Costs, Turn, simulate
from optimizer.stress.whole import averaged, closed_variance
from optimizer.stress.world import Paying, World

CLOSED, SIMULATED = "closed form", "simulation"
_FEWEST = 2
"""Trials of a set, so that each has a spread."""

MANY_REGIONS = 8
"""From here on what regions have for themselves is part of the sum that one number stands for."""

CLOSER = 0.01
"""A point of attainment."""

NOBODY = "(none)"
"""Where people have no team, role or plan."""

_WITH_SHOCK = ("mean", "p50", "p95", "cvar95", "change")
"""Figures of cost where a shock has come."""

_SIDE, _DETAIL, _FEW = 128, 48, 16
"""Trials of a set: of side questions, of costs by group where the total needs no simulation, and
where pairs are compared."""


class CostModel:
    """Finds the cost of a world.

    Parameters
    ----------
    world : World
    workers : int
        Processes.
    """

    def __init__(self, world: World, workers: int = 1) -> None:
        self.world, self._workers = world, workers
        is_closed = [has_closed_form(world, one) for one in world.paying]
        self._closed = tuple(compress(world.paying, is_closed))
        self._rest = tuple(compress(world.paying, map(not_, is_closed)))
        self._has_extras = any(world.funds) or bool(world.rewards)
        self._curves = build_curves(world, self._closed) if self._closed else None
        self._quick = self._curves
        if self._curves is not None and self._is_closed and len(world.regions) >= MANY_REGIONS:
            self._quick = averaged(world, self._curves)
        self._groups = build_groups(world, REPLICATES)
        trials = max(_FEWEST, -(-world.rules.trials // REPLICATES))
        self._trials = trials if not self._is_closed else 1 << (trials - 1).bit_length()
        self._detail: Costs | None = None
        self._plain: Floats | None = None

    @property
    def _is_closed(self) -> bool:
        return not self._rest and not self._has_extras

    @property
    def methods(self) -> Mapping[str, str]:
        """Plan, pool or award → how its cost is found."""
        found = {one.plan.name: CLOSED for one in self._closed}
        found |= {one.plan.name: SIMULATED for one in self._rest}
        found |= {fund.name: SIMULATED for funds in self.world.funds for fund in funds}
        found |= {reward.name: SIMULATED for reward in self.world.rewards}
        return found

    def costs(self, turn: Turn | None = None, trials: int | None = None) -> Floats:
        """Return the cost of trials, (set, trial) floats.

        Parameters
        ----------
        turn : Turn, optional
            No `fresh` and no `closer` where there is a closed form.
        trials : int, optional
            Of a set.
        """
        if turn is None and trials is None and self._plain is not None:
            return self._plain
        found = self._found(turn, self._trials if trials is None else trials)
        if turn is None and trials is None:
            self._plain = found
        return found

    def _found(self, turn: Turn | None, number: int) -> Floats:
        found: Floats = np.zeros((REPLICATES, number))
        if self._quick is not None:
            found = found + closed_costs(self.world, self._quick, number, turn).total
        if self._is_closed:
            return found
        if not self._closed and turn is None:
            self._detail = simulate(self.world, number, groups=self._groups, workers=self._workers)
            return self._detail.total
        part = self.world.chosen(self._rest) if self._closed else self.world
        return found + simulate(part, number, turn=turn, workers=self._workers).total

    def _side(self, trials: int, turn: Turn | None = None) -> Floats:
        """Return the simulated cost of everybody in a few trials, (set, trial) floats."""
        number = min(self._trials, trials)
        return simulate(self.world, number, turn=turn, workers=self._workers).total

    def by_group(self, mean: Figure) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return ``stress_by.csv`` and its standard errors, after `costs`.

        Parameters
        ----------
        mean : Figure
            Of cost, which the groups are made to add up to.

        Returns
        -------
        DataFrame
            dimension, name, mean, p50, p95, share.
        DataFrame
            The same for the standard errors.
        """
        detail = self._detail or simulate(
            self.world, min(self._trials, _DETAIL), groups=self._groups, workers=self._workers
        )
        sets = detail.detail.reshape(REPLICATES, -1, len(detail.columns))
        people = [place for place, (name, _) in enumerate(detail.columns) if name == "plan"]
        whole = sets[:, :, people].sum(axis=2)
        if whole.mean() > 0:
            scale = mean.value / whole.mean()
            sets, whole = sets * scale, whole * scale
        base = whole.mean(axis=1)[:, None]
        share = np.divide(sets.mean(axis=1), base, out=np.zeros(sets.shape[::2]), where=base > 0)
        levels = (QUANTILES["p50"], QUANTILES["p95"])
        every = sets.reshape(-1, sets.shape[2])
        (middle, high), errors = quantiles(sets, levels)
        mean_of = every.mean(axis=0)
        part = mean_of / (whole.mean() or 1.0)
        of_mean, of_share = standard_errors(sets.mean(axis=1)), standard_errors(share)
        return (
            _table(detail, mean_of, middle, high, part),
            _table(detail, of_mean, *errors, of_share),
        )

    def cost_at(self, attainment: Floats | float) -> float:
        """Return the cost where everybody reaches an attainment in every period.

        Rank and progress are left out.

        Parameters
        ----------
        attainment : (rep,) floats, or one for all
        """
        plain = tuple(_unranked(one) for one in self.world.paying)
        course = Course(replace(self.world, paying=plain))
        periods, reps = self.world.target.shape
        level = np.broadcast_to(attainment, (1, reps))
        return float(sum(course.pay(period, level.copy()).sum() for period in range(periods)))

    def sales(self) -> float:
        """Return expected sales in pay units."""
        world = self.world
        kept = np.ones(len(world.region))
        for chance, hit in zip(world.chances, world.hit, strict=True):
            kept = kept * (1 - chance + chance * hit)
        expected = world.laws.means() * kept * world.target
        return float(expected.sum() * world.payees.per_unit)

    def share_of_sales(self, mean: Figure) -> Figure:
        """Return cost / sales."""
        sales = self.sales()
        return Figure(mean.value / sales, mean.standard_error / sales) if sales else Figure(0, 0)

    def variance(self) -> Mapping[str, Figure]:
        """Return the variance of cost by what makes it."""
        if self._is_closed:
            assert self._curves is not None
            found = closed_variance(self.world, self._curves)
            if not self.world.chances.any():
                del found["shock"]
            return {name: Figure(value, 0.0) for name, value in found.items()}
        plain = self._side(_SIDE)
        shared: dict[str, Floats] = {}
        turns = {"company": "region", "region": "individual"}
        if self.world.chances.any():
            turns = {"shock": "company"} | turns
        for name, fresh in turns.items():
            shared[name] = shared_variance(plain, self._side(_SIDE, Turn(fresh=fresh)))
        shared["individual"] = plain.var(axis=1, ddof=1)
        split: dict[str, Figure] = {}
        before: Floats = np.zeros(REPLICATES)
        for name, each in shared.items():
            split[name] = Figure(float((each - before).mean()), standard_error(each - before))
            before = each
        return split

    def quota_error(self) -> Figure:
        """Return what it costs that attainments are not a point closer to 100 %."""
        gain = self._side(_FEW) - self._side(_FEW, Turn(closer=CLOSER))
        return Figure(float(gain.mean()), standard_error(gain.mean(axis=1)))

    def by_shock(self, mean: Figure) -> pd.DataFrame:
        """Return what cost is where a shock has come for sure, and the change of its mean.

        Parameters
        ----------
        mean : Figure
            Of cost as it stands.

        Returns
        -------
        DataFrame
            name, probability; mean, p50, p95, cvar95, change, and ``…_error``, the standard error
            of each.
        """
        trials = self._trials if self._is_closed else min(self._trials, _SIDE)
        plain = self._plain if trials == self._trials else None
        rows = []
        for place, shock in enumerate(self.world.rules.shocks):
            if plain is None:
                plain = self.costs(Turn(), trials)
            costs = self.costs(Turn(forced=place), trials)
            change = (costs - plain).mean(axis=1)
            shocked = self.costs().mean(axis=1) + change
            figures = (
                Figure(mean.value + float(change.mean()), standard_error(shocked)),
                quantile(costs, QUANTILES["p50"]),
                quantile(costs, QUANTILES["p95"]),
                tail(costs),
                Figure(float(change.mean()), standard_error(change)),
            )
            values, errors = zip(*((one.value, one.standard_error) for one in figures), strict=True)
            rows.append((shock.name, shock.probability, *values, *errors))
        errors_of = [f"{name}_error" for name in _WITH_SHOCK]
        return pd.DataFrame(rows, columns=["name", "probability", *_WITH_SHOCK, *errors_of])


def _unranked(paying: Paying) -> Paying:
    schedules = (replace(one, ranking=None, progress=None) for one in paying.schedules)
    return replace(paying, schedules=tuple(schedules))


def _table(detail: Costs, *columns: Floats) -> pd.DataFrame:
    """Return mean, median, P95 and share of each group; those without a name only if they cost."""
    table = pd.DataFrame(detail.columns, columns=["dimension", "name"])
    for name, values in zip(("mean", "p50", "p95", "share"), columns, strict=True):
        table[name] = values
    table["name"] = table["name"].where(table["name"] != "", NOBODY)
    return table[(table["name"] != NOBODY) | (table["mean"] != 0)].reset_index(drop=True)
