"""What simulations of pay spend their time on, compiled; the same digits as in numpy."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from optimizer.compiled.lines import fill_band, fill_bonus, fill_commission, fill_tier
from optimizer.compiled.normals import draw_rows, strips
from optimizer.problem.instance import Floats, Ints


class Kernels:
    """Draws and pays in single precision, a block of trials at a time.

    What a method returns lies in memory that its next call fills anew.
    """

    def __init__(self) -> None:
        self._held: dict[str, Floats] = {}

    def draw(
        self,
        stream: Generator,
        share: float,
        common: Floats,
        size: Ints,
        found: Floats,
        line: tuple[Floats, Floats] | None = None,
    ) -> None:
        """Fill in share × (normal numbers of a stream) + what the reps of a region have in common.

        Parameters
        ----------
        stream : Generator
            Of SFC64.
        common : (trial, region) floats
        size : (region,) ints
            How many reps each region has; reps are in the order of regions.
        found : (trial, rep) floats
        line : tuple of floats, optional
            By what all that is multiplied, and what is then added: (rep,) floats, or one for all.
        """
        if strips() is not None:
            end, reps = np.cumsum(size, dtype=np.int64), 0 if line is None else found.shape[1]
            spread, mean = (
                _plain(np.broadcast_to(one, reps)) for one in ((0, 0) if line is None else line)
            )
            draw_rows(stream, np.float32(share), _plain(common), end, (spread, mean), found)
            return
        stream.standard_normal(out=found, dtype=np.float32)
        found *= np.float32(share)
        found += np.repeat(_plain(common), size, axis=1)
        if line is not None:
            found *= _plain(line[0])
            found += _plain(line[1])

    def commission(
        self,
        attainment: Floats,
        start: Floats,
        change: Floats,
        amount: Floats,
        is_marginal: bool,
        paid: Floats | None,
    ) -> Floats:
        """Return a commission, added in place to what is paid already, (trial, rep) floats.

        Parameters
        ----------
        start : (tier, rep) floats
        change : (tier,) floats
            By how much the rate changes at each start.
        amount : (rep,) floats
            Pay units at 100 % of attainment and a rate of 1.
        paid : (trial, rep) floats or None
        """
        out = self._place("paid", attainment) if paid is None else paid
        row, own = _plain(attainment), _plain(amount)
        fill_commission(row, _plain(start), _plain(change), own, is_marginal, paid is not None, out)
        return out

    def bonus(
        self,
        attainment: Floats,
        start: Floats,
        steps: tuple[Floats, Floats],
        incentive: Floats,
        least: Floats | None,
        paid: Floats | None = None,
    ) -> Floats:
        """Return a bonus, added in place to what is paid already, (trial, rep) floats.

        Parameters
        ----------
        start : (knot,) floats
        steps : tuple of (knot,) floats
            By how much the multiplier jumps, and its slope changes, at each knot.
        incentive : (rep,) floats
            Pay units at multiplier 1.
        least : (trial, rep) floats or None
            Multiplier at least.
        paid : (trial, rep) floats, optional
        """
        out = self._place("bonus", attainment) if paid is None else paid
        lifted = np.zeros((0, 0)) if least is None else least
        jumps, slopes = map(_plain, steps)
        row, own = _plain(attainment), _plain(incentive)
        adds = paid is not None
        fill_bonus(row, _plain(start), jumps, slopes, own, _plain(lifted), adds, out)
        return out

    def tier(
        self, attainment: Floats, start: Floats, end: Floats, weight: Floats, is_marginal: bool
    ) -> Floats:
        """Return what a tier pays, (trial, rep) floats.

        Parameters
        ----------
        start, end : float, or (rep,) floats
        weight : (rep,) floats
            Pay units at 100 % of attainment.
        """
        out = self._place("part", attainment)
        begin, stop = (_plain(np.broadcast_to(one, weight.shape)) for one in (start, end))
        fill_tier(_plain(attainment), begin, stop, _plain(weight), is_marginal, out)
        return out

    def band(self, attainment: Floats, start: float, end: float, bonus: Floats) -> Floats:
        """Return the bonus of those within a band, (trial, rep) floats.

        Parameters
        ----------
        start, end : float
            Not a number where the band has no end.
        bonus : (trial, rep) floats
        """
        out = self._place("part", attainment)
        begin, stop = np.float32(start), np.float32(end)
        fill_band(_plain(attainment), begin, stop, _plain(bonus), out)
        return out

    def _place(self, name: str, like: Floats) -> Floats:
        """Return memory that was used before: new memory costs more than what fills it."""
        if name not in self._held or self._held[name].size < like.size:
            self._held[name] = np.empty(like.size, dtype=np.float32)
        return self._held[name][: like.size].reshape(like.shape)


def _plain(values: Floats) -> Floats:
    """Return floats of single precision, row after row."""
    return np.ascontiguousarray(values, dtype=np.float32)
