"""Least gap and fullest cover by prices, where bands and locks decide what is placed.

Both are linear, and their dual has no curvature. So each is solved a few times as the plan
nearest to the one before, with ever less weight on nearness (the proximal point method), until
prices prove that there is no better; in a linear problem that is so after a finite number of
turns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.bound import Prices, least_value
from optimizer.model.coupling import Coupling, read_coupling
from optimizer.model.decomposed import is_plain
from optimizer.model.decomposed_prices import gap_prices, with_lock_prices
from optimizer.model.gap_ascent import climb_with_gap
from optimizer.model.gap_blocks import Aims, GapBlocks, read_gap_blocks
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Floats, Instance

PLACED_OVER_CARRIED = 16.0
"""How many times what a unit carried is worth a unit placed is."""

_MOST_TURNS = 12
_FIRST_WORTH, _MOST_WORTH = 4.0, 1024.0
"""What a unit is worth beside the cost of distance, in the first turn and at most."""

_GROWTH = 4.0
_PROVEN = 1e-10
"""Part of the ask by which a step may miss its bound."""


@dataclass(frozen=True)
class GapProblem:
    """What stays the same from step to step."""

    instance: Instance
    rules: Rules
    pools: Pools | None
    blocks: GapBlocks
    coupling: Coupling

    @property
    def covers(self) -> bool:
        """Whether people may carry more than is placed."""
        return self.pools is not None and self.instance.over_rep > 0

    def prices(self, price: Floats, theta: Floats) -> Prices:
        """Return the prices of all rules."""
        return gap_prices(self.instance, self.rules, self.pools, self.coupling, price, theta)

    def bound(
        self, prices: Prices, step: str, placed: float = 0.0, street: float = 0.0
    ) -> tuple[float, Prices]:
        """Return what prices prove of a step, with the totals to be kept."""
        return least_value(self.instance, self.rules, prices, step, placed, street)


@dataclass(frozen=True)
class Turn:
    """Where a search stands: a plan, prices, and after how many rounds.

    Attributes
    ----------
    placed, asked : (cell,) floats
    street, theta : (block,) floats
    price : (node + rule,) floats
    rounds : int
    """

    placed: Floats
    asked: Floats
    street: Floats
    price: Floats
    theta: Floats
    rounds: int


@dataclass(frozen=True)
class Proof:
    """What proves a linear step: its best total, and prices where a unit is worth 1."""

    most: float
    price: Floats
    theta: Floats
    prices: Prices


def read_gap_problem(instance: Instance, rules: Rules, pools: Pools | None) -> GapProblem | None:
    """Return the problem over all open cells; None where prices alone do not reach."""
    if instance.is_stretch and not is_plain(pools):
        return None
    blocks = read_gap_blocks(instance, rules, pools)
    if blocks is None:
        return None
    coupling = read_coupling(instance, replace(rules, carried=np.ones_like(rules.carried)))
    return None if coupling is None else GapProblem(instance, rules, pools, blocks, coupling)


def least_gap_prices(instance: Instance, rules: Rules, pools: Pools | None) -> Prices | None:
    """Return prices that prove the least gap; None where totals of people are not all that counts.

    Parameters
    ----------
    instance, rules, pools
    """
    year = instance.reps is not None and instance.reps.total_low is not None
    if year or instance.effort is not None or not is_plain(pools):
        return None
    problem = read_gap_problem(instance, rules, pools)
    found = None if problem is None else least_gap(problem)
    return None if found is None else found[1].prices


def next_turn(problem: GapProblem, turn: Turn, aims: Aims, *, apart: bool) -> Turn | None:
    """Return the best plan for some aims, from the prices of a turn; None where none is found."""
    blocks = problem.blocks.toward(aims, apart=apart)
    found = climb_with_gap(problem.instance, blocks, problem.coupling, turn.price, turn.theta)
    if found is None:
        return None
    point, rounds = found
    there = point.placement
    street = blocks.street(there.theta)
    rounds += turn.rounds
    return Turn(there.placed, there.asked, street, point.price, there.theta, rounds)


def least_gap(problem: GapProblem) -> tuple[Turn, Proof] | None:
    """Return a plan that places the most, and the proof; None where none is found."""
    blocks, reference = problem.blocks, problem.rules.reference
    prices, theta = np.zeros(problem.coupling.prices), np.zeros(blocks.number)
    turn = Turn(reference, reference, blocks.street(theta), prices, theta, 0)
    return _search(problem, turn, None)


def fullest_cover(problem: GapProblem, turn: Turn, gap: Proof) -> tuple[Turn, Proof] | None:
    """Return a plan that carries the most of those with the least gap, and the proof.

    Without over-assignment what is placed is what is carried, and one proof serves both.
    """
    if problem.covers:
        worth = PLACED_OVER_CARRIED * _FIRST_WORTH
        turn = replace(turn, price=worth * gap.price, theta=worth * gap.theta)
        return _search(problem, turn, gap)
    if problem.pools is None:
        return turn, gap
    most = gap.prices.cover_max.copy()
    most[problem.pools.leaf, problem.pools.period] += 1.0
    bound, prices = problem.bound(replace(gap.prices, cover_max=most), "cover", gap.most)
    proven = abs(gap.most + bound) <= _PROVEN * problem.instance.ask_total
    return (turn, replace(gap, prices=prices)) if proven else None


def _search(problem: GapProblem, turn: Turn, gap: Proof | None) -> tuple[Turn, Proof] | None:
    """Solve a linear step by turns: least gap, or fullest cover once that is known."""
    worth, over, carried = _FIRST_WORTH, 1.0, 0.0
    if gap is not None:
        over, carried = PLACED_OVER_CARRIED, 1.0
    for _ in range(_MOST_TURNS):
        aims = _near(problem, turn, over * worth, carried * worth)
        found = next_turn(problem, turn, aims, apart=False)
        if found is None:
            return None
        proof = _proof(problem, found, worth, gap)
        if proof is not None:
            return found, proof
        grown = min(worth * _GROWTH, _MOST_WORTH) / worth
        turn = replace(found, price=found.price * grown, theta=found.theta * grown)
        worth *= grown
    return None


def _near(problem: GapProblem, turn: Turn, placed_worth: float, street_worth: float) -> Aims:
    curves = problem.blocks.curves
    multiple = np.zeros(0) if curves is None else turn.street / curves.street_reference
    return Aims(placed_worth, street_worth, turn.placed, turn.asked, multiple, 1.0)


def _proof(problem: GapProblem, turn: Turn, worth: float, gap: Proof | None) -> Proof | None:
    """Return the proof of a step if the prices of a turn prove it."""
    price, theta = turn.price / worth, turn.theta / worth
    prices, placed = problem.prices(price, theta), float(turn.placed.sum())
    step, most, kept, carried = "gap", placed, 0.0, 0.0
    if gap is not None:
        step, most, kept, carried = "cover", float(turn.street.sum()), gap.most, 1.0
        prices = replace(prices, placed=PLACED_OVER_CARRIED)
    prices = with_lock_prices(problem.instance, prices, carried=carried, fair=False)
    bound, prices = problem.bound(prices, step, kept)
    give = _PROVEN * problem.instance.ask_total
    if abs(most + bound) > give or placed < kept - give:
        return None
    return Proof(most, price, theta, prices)
