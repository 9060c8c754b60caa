"""The few rules that tie regions together, as one table over the carried cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.model.rules import Entries, Rules
from optimizer.problem.instance import Bools, Floats, Instance, Ints

_LARGEST = 40_000_000
"""Coefficients of the table beyond which it is not made."""


@dataclass(frozen=True)
class Coupling:
    """Rules over the carried cells of several blocks: a · Y = b, or ≥ b.

    Attributes
    ----------
    table : (rule, cell) floats
    least : (rule,) floats
    equal : (rule,) bools
    band_min, band_max, potential, region_lock : (rule,) ints
        Row of the instance's limits that the rule stands for; -1 where it is another kind.
    """

    table: Floats
    least: Floats
    equal: Bools
    band_min: Ints
    band_max: Ints
    potential: Ints
    region_lock: Ints


def read_coupling(instance: Instance, rules: Rules) -> Coupling | None:
    """Return the coupling rules as a table; None where it would be too large."""
    bands, locks = instance.bands, instance.region_locks
    fixed = bands.low == bands.high
    least = np.flatnonzero(~fixed & (bands.low > 0))
    most = np.flatnonzero(~fixed & np.isfinite(bands.high))
    kinds: list[tuple[Ints, bool]] = [
        (np.zeros(1, dtype=np.int64), True),
        (np.flatnonzero(fixed), True),
        (least, False),
        (most, False),
        (np.arange(len(rules.potential_rows)), False),
        (np.arange(len(locks.amount)), True),
    ]
    number = sum(len(rows) for rows, _ in kinds)
    carried = rules.carried
    if number * int(carried.sum()) > _LARGEST:
        return None
    cells = len(rules.open_cell)
    total, potential, lock = np.ones((1, cells)), rules.potential, rules.region_lock
    part = _table(rules.band_part, len(bands.low), cells)
    whole = _table(rules.band_whole, len(bands.low), cells)
    high = np.where(np.isfinite(bands.high), bands.high, 0.0)[:, None]
    lows, highs = part - bands.low[:, None] * whole, high * whole - part
    table = np.vstack([
        total, lows[fixed], lows[least], highs[most],
        -_table(potential, len(rules.potential_rows), cells),
        _table(lock, len(locks.amount), cells),
    ])[:, carried]  # fmt: skip
    right: list[Floats] = [
        np.array([instance.ask_total]),
        np.zeros(int(fixed.sum()) + len(least) + len(most)),
        -instance.potentials.usable[rules.potential_rows],
        locks.amount,
    ]
    return Coupling(
        table,
        np.concatenate(right).astype(float),
        np.concatenate([np.full(len(rows), equal) for rows, equal in kinds]),
        *(_rows_of(kinds, which) for which in ((1, 2), (3,), (4,), (5,))),
    )


def _table(entries: Entries, rows: int, cells: int) -> Floats:
    table = np.zeros((rows, cells))
    table[entries.row, entries.cell] = 1.0
    return table


def _rows_of(kinds: Sequence[tuple[Ints, bool]], which: tuple[int, ...]) -> Ints:
    return np.concatenate(
        [rows if kind in which else np.full(len(rows), -1) for kind, (rows, _) in enumerate(kinds)]
    )
