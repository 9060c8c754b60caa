"""Where a period will land, from the weeks sold so far: a forecast with a band.

The model, in parts of each seat's target T:

    sold in week w = T · s_w · (a + κ · z_w + η · e_w),   a = μ + company + region + own

with s_w the curve, company, region and own normal with standard deviations from `Spread`, z_w
a shock of the week that all share and e_w one of the seat's own. Company and region are seen
only through the seats, so the forecast of a seat draws on what its colleagues sold: the best
linear prediction in a nested model of random effects (Searle, Casella & McCulloch 1992,
chapter 7), in closed form because the tree has two levels. Band and probabilities give what is
to come the shape of a lognormal of that mean and deviation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats, Ints

BAND = 1.2815515655446004
"""Standard normal quantile of 0.9: a band of this half-width holds 80 %."""


@dataclass(frozen=True)
class Spread:
    """How attainment spreads, and how weeks scatter around it; all as parts of the target.

    Attributes
    ----------
    mean : float
        Mean attainment μ before anything is sold.
    company, region, seat : float
        Standard deviation of what all share, of what a region shares, of a seat's own.
    common_week, own_week : float
        Standard deviation of one week's sales around its curve, shared and own.
    """

    mean: float = 1.0
    company: float = 0.08
    region: float = 0.06
    seat: float = 0.20
    common_week: float = 0.10
    own_week: float = 0.50


@dataclass(frozen=True)
class Progress:
    """Where the seats stand.

    Attributes
    ----------
    target, actual : (seat,) floats
        Target of the period, and cumulative sales; seats with target 0 sell but predict nothing.
    region, curve : (seat,) ints
        Region and curve of each seat, from 0.
    weekly : (curve, week) floats
        Share of each week.
    done : int
        Weeks sold.
    """

    target: Floats
    actual: Floats
    region: Ints
    curve: Ints
    weekly: Floats
    done: int

    @property
    def due(self) -> Floats:
        """Share of each seat's target due so far, (seat,)."""
        return np.asarray(self.weekly[:, : self.done].sum(axis=1)[self.curve])

    @property
    def scatter(self) -> Floats:
        """Sum of squared shares of the weeks sold, (seat,)."""
        return np.asarray(np.square(self.weekly[:, : self.done]).sum(axis=1)[self.curve])

    @property
    def scatter_to_come(self) -> Floats:
        """Sum of squared shares of the weeks to come, (seat,)."""
        return np.asarray(np.square(self.weekly[:, self.done :]).sum(axis=1)[self.curve])


@dataclass(frozen=True)
class Landing:
    """Forecast of the sum of each group of seats.

    What is to come has the mean and the deviation of the normal forecast, and the shape of a
    lognormal: sales are seldom below 0, and now and then far above what was thought. Where the
    deviation is larger than the mean, the lognormal of that deviation is moved to the mean.

    Attributes
    ----------
    sold : (group,) floats
        So far; certain.
    mean, deviation : (group,) floats
        Of what the whole period will bring.
    """

    sold: Floats
    mean: Floats
    deviation: Floats

    def band(self) -> tuple[Floats, Floats]:
        """Return the 80 % band; nobody lands below what is sold already."""
        low, high = (self._quantile(normal) for normal in (-BAND, BAND))
        return np.maximum(low, np.minimum(self.sold, self.mean)), high

    def probability(self, amount: Floats) -> Floats:
        """Return the probability that at least `amount` is reached; what is sold is certain."""
        scale, place, spread = self._shape()
        away = (amount - place) / np.where(scale > 0, scale, 1.0)
        certain = np.where(self.mean >= amount, -np.inf, np.inf)
        away = np.where(scale > 0, np.log(np.maximum(away, 1e-300)), certain)
        away = np.divide(away, spread, out=certain, where=spread > 0)
        return np.where(self.sold >= amount, 1.0, _upper_tail(away))

    def _quantile(self, normal: float) -> Floats:
        scale, place, spread = self._shape()
        return np.asarray(place + scale * np.exp(normal * spread))

    def _shape(self) -> tuple[Floats, Floats, Floats]:
        """Return scale, place and spread of the lognormal place + scale · exp(spread · normal)."""
        ahead = np.maximum(self.mean - self.sold, self.deviation)
        part = np.divide(self.deviation, ahead, out=np.zeros(len(ahead)), where=self.deviation > 0)
        variance = np.log1p(np.square(part))
        return ahead * np.exp(-variance / 2.0), self.mean - ahead, np.sqrt(variance)


def forecast(progress: Progress, spread: Spread, group: Ints, groups: int) -> Landing:
    """Forecast the landing of groups of seats.

    Parameters
    ----------
    progress : Progress
        Of all seats whose sales are known; they inform each other.
    spread : Spread
    group : (seat,) ints
        Group of each seat: its own number, its team, its region, or 0 for the company.
    groups : int
    """
    seen = _Effects.seen(progress, spread)
    left = (1.0 - progress.due) * progress.target
    later = progress.scatter_to_come * np.square(progress.target)
    shared = np.sqrt(progress.scatter_to_come) * progress.target
    mean, variance = seen.sums(progress, left, group, groups)
    scatter = spread.own_week**2 * _per(group, later, groups)
    scatter += spread.common_week**2 * np.square(_per(group, shared, groups))
    ahead = _per(group, spread.mean * left, groups) + mean
    sold = _per(group, progress.actual, groups)
    return Landing(sold, sold + ahead, np.sqrt(variance + scatter))


@dataclass(frozen=True)
class _Effects:
    """What the sales so far say about company, regions and seats.

    With u = company effect + mean of the shared weekly shocks: u is normal (`mean`,
    `variance`); given u, the company effect is `of_company` · u with variance
    `company_variance`, region r's effect `of_region[r]` · (mean residual of r − u) with
    `region_variance`, a seat's `of_seat` · (its residual − u − its region's effect) with
    `seat_variance`.
    """

    mean: float
    variance: float
    of_company: float
    company_variance: float
    of_region: Floats
    region_variance: Floats
    region_mean: Floats
    of_seat: Floats
    seat_variance: Floats
    residual: Floats

    @classmethod
    def seen(cls, progress: Progress, spread: Spread) -> _Effects:
        """Return the effects after the weeks of `progress`."""
        due, seats = progress.due, len(progress.target)
        regions = int(progress.region.max(initial=-1)) + 1
        known = (progress.target > 0) & (due > 0)
        sold_of = np.where(known, progress.target * due, 1.0)
        residual = np.where(known, progress.actual / sold_of - spread.mean, 0.0)
        scatter = np.where(known, progress.scatter / np.where(known, np.square(due), 1.0), 0.0)
        seat = spread.seat**2 + scatter * spread.own_week**2
        weight = np.divide(1.0, seat, out=np.zeros(seats), where=known & (seat > 0))
        total = _per(progress.region, weight, regions)
        any_known = total > 0
        region_mean = np.divide(
            _per(progress.region, weight * residual, regions),
            total, out=np.zeros(regions), where=any_known,
        )  # fmt: skip
        apart = spread.region**2 + np.divide(1.0, total, out=np.zeros(regions), where=any_known)
        precision = np.divide(1.0, apart, out=np.zeros(regions), where=any_known)
        company = spread.company**2
        shared = spread.common_week**2 * float(scatter[known].mean()) if known.any() else 0.0
        mean, variance = _posterior(precision, region_mean, company + shared)
        of_company = company / (company + shared) if company + shared > 0 else 0.0
        of_region = spread.region**2 * precision
        of_seat = spread.seat**2 * weight
        return cls(
            mean, variance, of_company, company * (1.0 - of_company),
            of_region, spread.region**2 * (1.0 - of_region), region_mean,
            of_seat, spread.seat**2 * (1.0 - of_seat), residual,
        )  # fmt: skip

    def sums(
        self, progress: Progress, amount: Floats, group: Ints, groups: int
    ) -> tuple[Floats, Floats]:
        """Return mean and variance of Σ amount · (company + region + own effect) per group.

        Everything is a line in u plus parts that are independent given u.
        """
        regions = max(len(self.region_mean), 1)
        pair, place = np.unique(group * regions + progress.region, return_inverse=True)
        of_group, region = np.divmod(pair, regions)
        free = _per(place.reshape(-1), (1.0 - self.of_seat) * amount, len(pair))
        drawn = free * self.of_region[region]
        whole = _per(group, amount, groups)
        own = _per(group, amount * self.of_seat, groups)
        slope = whole * self.of_company - own - _per(of_group, drawn, groups)
        fixed = _per(group, amount * self.of_seat * self.residual, groups)
        fixed += _per(of_group, drawn * self.region_mean[region], groups)
        variance = np.square(slope) * self.variance + np.square(whole) * self.company_variance
        variance += _per(of_group, np.square(free) * self.region_variance[region], groups)
        variance += _per(group, np.square(amount) * self.seat_variance, groups)
        return slope * self.mean + fixed, variance


def _posterior(precision: Floats, mean: Floats, prior: float) -> tuple[float, float]:
    """Return mean and variance of u after the means of the regions."""
    if prior <= 0:
        return 0.0, 0.0
    total = 1.0 / prior + float(precision.sum())
    return float(precision @ mean) / total, 1.0 / total


def _per(group: Ints, values: Floats, groups: int) -> Floats:
    return np.bincount(group, weights=values, minlength=groups).astype(float)


def _upper_tail(value: Floats) -> Floats:
    """Return the probability that a standard normal is above each value."""
    from scipy.special import ndtr

    return np.asarray(ndtr(-value), dtype=float)
