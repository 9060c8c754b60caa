"""What a rep is paid as a piecewise straight line of the rep's attainment.

Only where pay depends on nothing else: own attainment, each period by itself, neither rank nor
progress. Between two starts pay is ``level + slope · attainment``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.stress.schedule import Bands, Schedule
from optimizer.stress.tiers import Tiers


@dataclass(frozen=True)
class Pieces:
    """Payout curves of some reps.

    Attributes
    ----------
    start : (piece, rep) floats
        Rising; the first is 0.
    level, slope : (piece, rep) floats
        In pay units, and pay units per 100 % of attainment.
    """

    start: Floats
    level: Floats
    slope: Floats

    @property
    def end(self) -> Floats:
        """Where each piece ends, (piece, rep) floats."""
        last = np.full((1, self.start.shape[1]), np.inf)
        return np.concatenate([self.start[1:], last])

    def at(self, attainment: float) -> Floats:
        """Return what is paid at an attainment, (rep,) floats."""
        place = (self.start <= attainment).sum(axis=0) - 1
        reps = np.arange(self.start.shape[1])
        return np.asarray(self.level[place, reps] + self.slope[place, reps] * attainment)

    def rising(self, attainment: float) -> tuple[Floats, Floats]:
        """Return by how much pay jumps at an attainment, and its slope from there, (rep,) each."""
        reps = np.arange(self.start.shape[1])
        after = (self.start <= attainment).sum(axis=0) - 1
        before = np.maximum((self.start < attainment).sum(axis=0) - 1, 0)
        reached = self.level[before, reps] + self.slope[before, reps] * attainment
        return self.at(attainment) - reached, self.slope[after, reps]


def payout_pieces(schedule: Schedule) -> Pieces:
    """Return the payout curves of the reps of a schedule, cap and guarantee included."""
    steps = [_tier_steps(block) for block in schedule.tiers]
    if schedule.bands is not None:
        steps.append(_band_steps(schedule.bands))
    zero = np.zeros((1, len(schedule.reps)))
    start = np.concatenate([zero, *(step.start for step in steps)])
    level = np.concatenate([zero, *(step.level for step in steps)])
    slope = np.concatenate([zero, *(step.slope for step in steps)])
    order = np.argsort(start, axis=0, kind="stable")
    found = Pieces(
        np.take_along_axis(start, order, axis=0),
        np.cumsum(np.take_along_axis(level, order, axis=0), axis=0) * schedule.factor,
        np.cumsum(np.take_along_axis(slope, order, axis=0), axis=0) * schedule.factor,
    )
    if np.isfinite(schedule.cap).any():
        found = _bounded(found, schedule.cap, np.minimum)
    if (schedule.guarantee > 0).any():
        found = _bounded(found, schedule.guarantee, np.maximum)
    return found


def _tier_steps(block: Tiers) -> Pieces:
    """Return what changes at each start of a tier."""
    change = block.changes[:, None] * block.amount
    level = -change * block.start if block.is_marginal else np.zeros_like(change)
    return Pieces(block.start, level, change)


def _band_steps(bands: Bands) -> Pieces:
    start = bands.start
    jump, slope = bands.steps
    level = jump - slope * start
    shape = (len(start), len(bands.incentive))
    return Pieces(
        np.broadcast_to(start[:, None], shape).copy(),
        level[:, None] * bands.incentive,
        slope[:, None] * bands.incentive,
    )


def _bounded(found: Pieces, bound: Floats, choose: Callable[[Floats, Floats], Floats]) -> Pieces:
    """Cut every piece where it meets a bound and keep the lower, or the higher, of both."""
    start, end = found.start, found.end
    with np.errstate(divide="ignore", invalid="ignore"):
        meeting = (bound - found.level) / found.slope
    meeting = np.clip(np.where(np.isfinite(meeting), meeting, start), start, end)
    parts = []
    for low, high in ((start, meeting), (meeting, end)):
        middle = np.where(np.isfinite(high), (low + high) / 2, low + 1.0)
        value = found.level + found.slope * middle
        kept = choose(value, np.broadcast_to(bound, value.shape)) == value
        parts.append(
            Pieces(
                low,
                np.where(kept, found.level, bound),
                np.where(kept, found.slope, 0.0),
            )
        )
    first, second = parts
    return Pieces(*(_woven(a, b) for a, b in (
        (first.start, second.start), (first.level, second.level), (first.slope, second.slope),
    )))  # fmt: skip


def _woven(first: Floats, second: Floats) -> Floats:
    both = np.stack([first, second], axis=1)
    return np.asarray(both.reshape(-1, first.shape[1]))
