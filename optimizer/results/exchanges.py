"""Exchanges between reps that leave all totals alone and move effort from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement, permutations

import numpy as np

from optimizer.problem.instance import Bools, Floats, Ints

_MOST = 300
"""Exchanges kept: those of one unit, then those of two units that move the least effort."""

_DUST = 1e-9

_WASTE = 1e-3
"""What an exchange that relieves more than it need is worth less, per unit of effort."""


@dataclass(frozen=True)
class Exchanges:
    """What a rep hands to another, less what comes back.

    Attributes
    ----------
    handed : (exchange, product) ints
        Sums to 0 in each row.
    effort : (exchange,) floats
        What the rep is relieved of, above 0.
    """

    handed: Ints
    effort: Floats


@lru_cache(maxsize=8)
def read_exchanges(effort: tuple[float, ...]) -> Exchanges:
    """Return the exchanges of one unit for another, and of two for two.

    Two units for two move less effort than one for one can, and so use up what others have
    left of their capacity.

    Parameters
    ----------
    effort : tuple of floats
        Of each product.
    """
    unit, weight = np.eye(len(effort), dtype=np.int64), np.array(effort)
    single = [unit[one] - unit[other] for one, other in permutations(range(len(effort)), 2)]
    double = [one + other for one, other in combinations_with_replacement(single, 2)]
    rows: list[Ints] = []
    for found in (single, double):
        if not found:
            continue
        table = np.unique(np.array(found), axis=0)
        moved = table @ weight
        order = np.argsort(moved, kind="stable")
        rows.append(table[order][moved[order] > _DUST])
    none = np.zeros((0, len(effort)), dtype=np.int64)
    handed = np.concatenate([none, *rows])
    _, first = np.unique(handed, axis=0, return_index=True)
    handed = handed[np.sort(first)][:_MOST]
    return Exchanges(handed, handed @ weight)


def make_room(
    exchanges: Exchanges, cells: Ints, base: Ints, allowed: Bools, slack: Floats, rep: int
) -> bool:
    """Relieve a rep of effort until none is beyond the capacity; whether that worked.

    Parameters
    ----------
    exchanges : Exchanges
    cells : (rep, product) ints
        Changed in place; of use only where the answer is true.
    base : (rep, product) ints
        Least of each cell.
    allowed : (rep, product) bools
    slack : (rep,) floats
        Effort that each capacity has left; below 0 for the rep. Changed in place as well.
    rep : int
    """
    while slack[rep] < 0:
        others = np.flatnonzero(slack > _DUST)
        others = others[others != rep]
        own = _can_hand(exchanges.handed, cells[rep] - base[rep], allowed[rep])
        fits = exchanges.effort[own] <= slack[others, None]
        fits &= _can_take(exchanges.handed[own], (cells - base)[others], allowed[others])
        if not fits.any():
            return False
        short = -float(slack[rep])
        worth = np.minimum(exchanges.effort, short) - _WASTE * np.maximum(
            exchanges.effort - short, 0.0
        )
        score = np.where(fits, worth[own], -np.inf)
        best = score.argmax(axis=1)
        order = np.argsort(-score[np.arange(len(others)), best], kind="stable")
        for row in order[: np.count_nonzero(fits.any(axis=1))].tolist():
            number, other = own[best[row]], int(others[row])
            handed = exchanges.handed[number]
            if slack[rep] >= 0 or (cells[rep] - handed < base[rep]).any():
                continue
            cells[rep] -= handed
            cells[other] += handed
            slack[rep] += exchanges.effort[number]
            slack[other] -= exchanges.effort[number]
    return True


def _can_hand(handed: Ints, spare: Ints, allowed: Bools) -> Ints:
    """Return the exchanges that a rep may make as the one who hands on."""
    able = (handed <= spare).all(axis=1) & (allowed | (handed >= 0)).all(axis=1)
    return np.flatnonzero(able)


def _can_take(handed: Ints, spare: Ints, allowed: Bools) -> Bools:
    """Return who may make which exchange as the one who takes over, (other, exchange)."""
    has = (-handed[None] <= spare[:, None]).all(axis=2)
    sells = (allowed[:, None] | (handed[None] <= 0)).all(axis=2)
    return np.asarray(has & sells)
