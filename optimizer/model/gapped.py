"""The best plan by prices where the goal is out of reach.

Least gap and fullest cover come first (`optimizer.model.gap_steps`). The fairest of these plans
is sought with what is placed and carried at prices so high that neither is given up; what is
asked is drawn to the ask of the turn before, so that it settles.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.model.decomposed import Fairest, Start, people_totals, totals_suffice
from optimizer.model.decomposed_prices import with_lock_prices
from optimizer.model.filled import nearest_ask
from optimizer.model.gap_blocks import Aims
from optimizer.model.gap_steps import (
    PLACED_OVER_CARRIED,
    GapProblem,
    Proof,
    Turn,
    fullest_cover,
    least_gap,
    next_turn,
    read_gap_problem,
)
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Instance

_MOST_TURNS = 12
_STREET_WORTH, _PLACED_WORTH, _DEARER = 16.0, 256.0, 16.0
"""What units carried and placed are worth at first, and by how much more where that is too
little."""

_EASE = 25_600.0
"""How far asks go for the price of a unit placed; never less than their reference."""

_KEPT = 1e-10
"""Part of the ask by which the totals of the first two steps may be missed."""

_WANTED, _PROVEN = 1e-9, 1e-6
"""Certified gap at which the search ends, and with which a plan is taken."""


def solve_gapped(instance: Instance, rules: Rules, pools: Pools | None) -> Fairest | None:
    """Return the best plan; None where this path does not reach, or nothing is proven.

    It reaches as far as `solve_blocks` does but for the goal, which need not be placed in full.
    """
    problem = read_gap_problem(instance, rules, pools)
    if problem is None:
        return None
    placed = least_gap(problem)
    if placed is None:
        return None
    carried = fullest_cover(problem, *placed)
    if carried is None:
        return None
    return _fairest(problem, carried[0], placed[1], carried[1])


def _fairest(problem: GapProblem, turn: Turn, gap: Proof, cover: Proof) -> Fairest | None:
    """Return the fairest of the plans with the least gap and the fullest cover."""
    over = PLACED_OVER_CARRIED
    worth = _PLACED_WORTH, _STREET_WORTH if problem.covers else 0.0
    turn = replace(turn, price=np.zeros_like(turn.price), theta=np.zeros_like(turn.theta))
    turn = _raised(turn, gap, worth[0] - over * worth[1])
    turn = _raised(turn, cover, worth[1])
    limit = _KEPT * problem.instance.ask_total
    best: Fairest | None = None
    for _ in range(_MOST_TURNS):
        found = next_turn(problem, turn, _fair_aims(problem, turn, *worth), apart=True)
        if found is None:
            break
        turn, more = found, (_DEARER - 1.0) * worth[0]
        if gap.most - turn.placed.sum() > limit:
            turn, worth = _raised(turn, gap, more), (worth[0] + more, worth[1])
            continue
        if problem.covers and cover.most - turn.street.sum() > limit:
            more = (_DEARER - 1.0) * worth[1]
            turn = _raised(turn, cover, more)
            worth = worth[0] + over * more, worth[1] + more
            continue
        plan, certified = _plan(problem, turn, worth, gap, cover)
        best = plan if certified <= _PROVEN else best
        if certified <= _WANTED:
            break
    return None if best is None else _complete(problem, best)


def _raised(turn: Turn, proof: Proof, worth: float) -> Turn:
    """Return a turn at the prices where a unit of a linear step is worth so much more."""
    price, theta = turn.price + worth * proof.price, turn.theta + worth * proof.theta
    return replace(turn, price=price, theta=theta)


def _fair_aims(problem: GapProblem, turn: Turn, placed_worth: float, street_worth: float) -> Aims:
    reference, ease = problem.rules.reference, max(_EASE / placed_worth, 1.0)
    even = np.ones(problem.blocks.number)
    return Aims(placed_worth, street_worth, reference, turn.asked, even, ease)


def _plan(
    problem: GapProblem, turn: Turn, worth: tuple[float, float], gap: Proof, cover: Proof
) -> tuple[Fairest, float]:
    """Return the plan of a turn, its ask left out, and its certified gap."""
    instance, rules, pools = problem.instance, problem.rules, problem.pools
    blocks = problem.blocks.toward(_fair_aims(problem, turn, *worth), apart=True)
    objective = float((np.square(turn.placed - rules.reference) / rules.reference).sum())
    totals, street = None, 0.0
    if pools is not None and blocks.curves is not None:
        multiple, street = blocks.multiple(turn.theta), cover.most
        totals = people_totals(instance, pools, blocks.curves.targets(multiple))
        objective += blocks.curves.unfairness(multiple)
    prices = replace(problem.prices(turn.price, turn.theta), placed=worth[0], street=worth[1])
    prices = with_lock_prices(instance, prices, carried=0.0, fair=True)
    bound, prices = problem.bound(prices, "fairness", gap.most, street)
    steps = {"gap": gap.prices, "cover": cover.prices, "fairness": prices}
    if pools is None:
        del steps["cover"]
    certified = (objective - bound) / max(bound, 1e-6 * instance.goal)
    plan = Fairest(
        turn.placed, totals, street, objective, min(bound, objective), steps, turn.rounds,
        Start(np.zeros(0), np.zeros(0)), None, gap.most,
    )  # fmt: skip
    return plan, certified


def _complete(problem: GapProblem, plan: Fairest) -> Fairest | None:
    """Return a plan with its ask; None where products do not go with it, or somebody's year."""
    instance, rules = problem.instance, problem.rules
    if not totals_suffice(instance, rules, problem.pools, plan.placed, plan.rep_total):
        return None
    ask = nearest_ask(instance, rules, plan.placed)
    return None if ask is None else replace(plan, ask=ask)
