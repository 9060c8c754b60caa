"""Which rates are asked for, and the search for them, in one round or in several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.tune.lines import Lines, cost_lines, pay_lines
from optimizer.tune.rate import Design
from optimizer.tune.tail import Question, tail_cost, tuned

_ROUNDS, _PARTS = 8, (1.0, 0.5, 0.25)
"""Rounds where pay is no straight line in the rates, and parts of the way that are tried."""

_SETTLED, _OVER = 1e-4, 1e-6
"""Gain, as a share, that is worth a round; overrun that is none."""


@dataclass(frozen=True)
class Found:
    """The answer of a search.

    Attributes
    ----------
    values : (rate,) floats
    tail : float
        Mean cost of the worst trials at these rates.
    cuts, rounds : int
        Lines of the last program; programs that were solved.
    keeps : bool
        False where no rates keep the budget: `tail` is then the least that was found.
    """

    values: Floats
    tail: float
    cuts: int
    rounds: int
    keeps: bool


@dataclass(frozen=True)
class _Look:
    """Rates and what they are worth: overrun as a share of the budget, then gain."""

    values: Floats
    question: Question
    tail: float
    overrun: float
    gain: float

    def is_better(self, other: _Look) -> bool:
        if self.overrun > 0:
            return self.overrun < other.overrun - _SETTLED
        if other.overrun > 0:
            return True
        return self.gain > other.gain * (1 + _SETTLED)


def search(design: Design, level: Floats, budget: float, trials: int) -> Found:
    """Return the best rates.

    One program finds the optimum where pay is a straight line in the rates. Under caps, ranks,
    progress and guarantees each round asks with lines that touch cost at the best rates so far,
    goes part of the way where the whole way is no better, and ends where none is.

    Parameters
    ----------
    level : (plan,) floats
        Point of excellence of each plan.
    budget : float
        In pay units.
    trials : int
        In each set.

    Raises
    ------
    SolverError
        Where HiGHS gives no answer.
    """
    best = _look(design, level, budget, trials, design.present)
    found = tuned(best.question)
    if design.is_straight:
        return Found(found.values, found.tail, found.cuts, 1, found.least is None)
    rounds, is_moving = 0, True
    while is_moving and rounds < _ROUNDS:
        rounds, is_moving = rounds + 1, False
        for part in _PARTS:
            values = best.values + part * (found.values - best.values)
            look = _look(design, level, budget, trials, values)
            if look.is_better(best):
                best, found, is_moving = look, tuned(look.question), True
                break
    return Found(best.values, best.tail, found.cuts, rounds, best.overrun == 0)


def _look(design: Design, level: Floats, budget: float, trials: int, values: Floats) -> _Look:
    lines = cost_lines(design, values, trials)
    question = build_question(design, level, lines, values, budget)
    tail = tail_cost(question, values)[0]
    over = tail / budget - 1
    gain = float(pay_lines(design, values, level).at(values).sum())
    return _Look(values, question, tail, over if over > _OVER else 0.0, gain)


def build_question(
    design: Design, level: Floats, lines: Lines, values: Floats, budget: float
) -> Question:
    """Return what is asked of rates, lines touching cost and pay at some of them.

    Parameters
    ----------
    level : (plan,) floats
        Point of excellence of each plan.
    lines : Lines
        Cost of each trial.
    values : (rate,) floats
    budget : float
        In pay units.
    """
    on_target = pay_lines(design, values, np.ones(len(level)))
    due = pay_lines(design, design.present, np.ones(len(level))).at(design.present)
    has_rates = np.abs(on_target.slope).max(axis=1, initial=0) > 0
    return Question(
        gain=pay_lines(design, values, level).slope.sum(axis=0),
        present=design.present,
        low=np.array([rate.low for rate in design.rates]),
        high=np.array([rate.high for rate in design.rates]),
        steps=_steps(design),
        held=on_target.slope[has_rates],
        due=(due - on_target.fixed)[has_rates],
        fixed=lines.fixed,
        slope=lines.slope,
        budget=budget,
    )


def _steps(design: Design) -> tuple[tuple[int, int, int], ...]:
    """Return neighbours of a block: what does not fall today may not fall, and the other way."""
    found = []
    for place, (one, other) in enumerate(zip(design.rates, design.rates[1:], strict=False)):
        if (one.paying, one.block) == (other.paying, other.block):
            found.append((place, place + 1, 1 if other.value >= one.value else -1))
    return tuple(found)
