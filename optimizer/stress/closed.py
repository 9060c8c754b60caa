"""Cost without simulating reps: given what they have in common, their pay is known in law.

Given a region's factor, its reps are independent and each one's pay has mean, variance and third
cumulant in closed form. Their sums, as functions of the factor, are Chebyshev polynomials; the
cost of a trial is the sum of means over regions and periods plus one draw for what is the reps'
own, which is normal but for a correction for skewness (Cornish and Fisher 1938).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.polynomial import chebyshev

from optimizer.problem.instance import Floats, Ints
from optimizer.stress.factors import REPLICATES, Factors
from optimizer.stress.moments import pay_cumulants, tidied
from optimizer.stress.payees import Flags
from optimizer.stress.pieces import Pieces, payout_pieces
from optimizer.stress.simulate import Costs, Turn, factors_of
from optimizer.stress.world import Paying, World

FEWEST = 300
"""Reps × periods below which their sum is not left to a limit law."""

LEAST_OWN = 0.05
"""Share of the variance that is a rep's own below which curves are too steep to lay out."""

MOST_SHOCKS = 3
"""Random shocks beyond which their combinations are too many to lay out."""

REACH = 5.5
"""Standard deviations of a factor beyond which it is cut off: once in 26 million."""

NODES = (25, 33, 49, 65, 129)
_ACCURATE = (1e-5, 1e-3)
"""Last coefficients over the largest, of the mean and of the variance."""

_GRID = 2048
"""Steps of the fine table that polynomials are read off into."""

QUANTITIES = 3
MEAN, VARIANCE, THIRD = range(QUANTITIES)

Comes = tuple[bool, ...]


@dataclass(frozen=True)
class Curves:
    """Sums over the reps of each region as functions of its factor.

    Attributes
    ----------
    reach : float
        Largest factor that the polynomials are for.
    region : float
        Share of the variance that regions have for themselves in that factor.
    tables : mapping of shocks that have come to (period, region, step, quantity) floats
        On even steps from -reach to reach. Quantities: mean, variance and third cumulant of
        pay.
    """

    reach: float
    region: float
    tables: Mapping[Comes, Floats]

    def at(self, comes: Comes, period: int, factor: Floats) -> Floats:
        """Return the quantities at factors, (quantity, trial, region) floats.

        Parameters
        ----------
        factor : (trial, region) floats
            √company · Z + √region · Z_region.
        """
        table = self.tables[comes][period]
        regions = np.arange(factor.shape[1])
        if self.reach == 0:
            return np.broadcast_to(table[:, 0].T[:, None], (QUANTITIES, *factor.shape))
        place = np.clip((factor / self.reach + 1) * (_GRID / 2), 0, _GRID - 1e-6)
        step = place.astype(np.intp)
        part = (place - step)[..., None]
        low, high = table[regions, step], table[regions, step + 1]
        return np.moveaxis(low + part * (high - low), -1, 0)


def has_closed_form(world: World, paying: Paying) -> bool:
    """Return whether pay of a plan depends on own lognormal attainments only."""
    bonus, laws = paying.plan.bonus, world.laws
    is_plain = bonus is None or (bonus.rank is None and bonus.progress is None)
    linked = {int(rep) for funds in world.funds for fund in funds for rep in fund.member}
    linked |= {int(rep) for reward in world.rewards for rep in reward.reps}
    return (
        is_plain
        and paying.basis.is_own
        and laws.own >= LEAST_OWN
        and bool(laws.is_lognormal[paying.reps].all() and (laws.log_spread[paying.reps] > 0).all())
        and not linked & set(map(int, paying.reps))
        and len(world.rules.shocks) <= MOST_SHOCKS
        and len(paying.reps) * len(paying.schedules) >= FEWEST
    )


def build_curves(world: World, payings: tuple[Paying, ...]) -> Curves:
    """Lay out what plans cost as functions of the regions' factors."""
    laws = world.laws
    reach = REACH * float(np.sqrt(laws.company + laws.region))
    combinations = list(product((False, True), repeat=len(world.rules.shocks)))
    nodes = NODES if reach > 0 else (1,)
    found: dict[Comes, Floats] = {}
    for comes in combinations:
        for number in nodes:
            place = chebyshev_nodes(number)
            values = _at_nodes(world, payings, comes, place * reach)
            polynomials = fitted(values, place)
            if number == 1 or _settled(polynomials):
                break
        found[comes] = fine_table(polynomials, reach)
    return Curves(reach, laws.region, found)


def chebyshev_nodes(number: int) -> Floats:
    """Return Chebyshev nodes, (number,) floats."""
    return np.asarray(np.cos(np.pi * (np.arange(number) + 0.5) / number))


def fine_table(polynomials: Floats, reach: float) -> Floats:
    """Return a fine table of polynomials, (period, region, step, quantity) floats."""
    steps = np.linspace(-1, 1, _GRID + 1) if reach > 0 else np.zeros(1)
    basis = chebyshev.chebvander(steps, polynomials.shape[2] - 1)
    return np.asarray(np.einsum("sk,pqkr->prsq", basis, polynomials, optimize=True))


def fitted(values: Floats, place: Floats) -> Floats:
    """Return Chebyshev coefficients of values at Chebyshev nodes, along the third axis."""
    number = len(place)
    basis = chebyshev.chebvander(place, number - 1)
    weights = np.full(number, 2.0 / number)
    weights[0] = 1.0 / number
    return np.asarray(np.einsum("nk,pqnr->pqkr", basis * weights, values))


def _settled(coefficients: Floats) -> bool:
    """Return whether the last coefficients are next to nothing beside the largest."""
    size = np.abs(coefficients[:, : VARIANCE + 1]).sum(axis=3)
    return bool((size[:, :, -2:].max(axis=2) <= _ACCURATE * size.max(axis=2)).all())


def _at_nodes(world: World, payings: tuple[Paying, ...], comes: Comes, factors: Floats) -> Floats:
    """Return sums over the reps of each region, (period, quantity, node, region) floats."""
    periods, regions = len(world.payees.periods), len(world.regions)
    found = np.zeros((periods, QUANTITIES, len(factors), regions))
    hit = np.prod(world.hit[np.array(comes, dtype=bool)], axis=0)
    for paying in payings:
        reps = paying.reps
        region = world.region[reps]
        for period, schedule in enumerate(paying.schedules):
            pieces = tidied(payout_pieces(schedule))
            for node, factor in enumerate(factors):
                sums = _cumulants(world, reps, pieces, float(factor), hit[reps])
                for quantity, values in enumerate(sums):
                    found[period, quantity, node] += np.bincount(region, values, regions)
    return found


def _cumulants(world: World, reps: Ints, pieces: Pieces, factor: float, hit: Floats) -> Floats:
    """Return mean, variance and third cumulant of pay, (quantity, rep) floats."""
    laws = world.laws
    spread = laws.log_spread[reps]
    own = spread * np.sqrt(laws.own)
    with np.errstate(divide="ignore"):
        middle = laws.log_mean[reps] + spread * factor + np.log(hit)
    gone = hit == 0
    found = pay_cumulants(pieces, np.where(gone, 0.0, middle), own)
    if gone.any():
        found[0, gone] = pieces.at(0.0)[gone]
        found[1:, gone] = 0.0
    return found


def closed_costs(world: World, curves: Curves, trials: int, turn: Turn | None = None) -> Costs:
    """Return cost in every trial, (set, trial).

    Parameters
    ----------
    trials : int
        In each set; the factors are those that `simulate` uses for the same number.
    """
    total = np.empty((REPLICATES, trials))
    for replicate in range(REPLICATES):
        factors = factors_of(world, replicate, trials, turn or Turn())
        total[replicate] = _costs_of(world, curves, factors)
    return Costs(total)


def _costs_of(world: World, curves: Curves, factors: Factors) -> Floats:
    laws = world.laws
    sums = np.zeros((QUANTITIES, len(factors.own)))
    for comes, rows in _by_shocks(factors.struck):
        for period in range(len(world.payees.periods)):
            common = np.sqrt(laws.company) * factors.company[rows, period, None]
            if curves.region > 0:
                common = common + np.sqrt(curves.region) * factors.region[rows, period]
            elif curves.tables[comes].shape[1] > 1:
                common = np.repeat(common, len(world.regions), axis=1)
            factor = common
            sums[:, rows] += curves.at(comes, period, factor).sum(axis=2)
    spread = np.sqrt(np.maximum(sums[VARIANCE], 0.0))
    skew = np.divide(sums[THIRD], spread**3, out=np.zeros_like(spread), where=spread > 0)
    own = factors.own
    return np.asarray(sums[MEAN] + spread * (own + skew * (own**2 - 1) / 6))


def _by_shocks(struck: Flags) -> list[tuple[Comes, Ints]]:
    """Return each combination of shocks that occurs, and the trials in which it does."""
    if not struck.shape[1]:
        return [((), np.arange(len(struck)))]
    kinds, kind = np.unique(struck, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    return [
        (tuple(map(bool, comes)), np.flatnonzero(kind == place))
        for place, comes in enumerate(kinds)
    ]
