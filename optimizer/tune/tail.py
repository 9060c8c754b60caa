"""The best rates whose worst twentieth of trials costs no more than a budget.

The mean of the worst 5 % of trials (CVaR95) is the largest of all such means, each a straight
line in the rates (Rockafellar and Uryasev 2000). So a linear program needs only the few lines
that bind: it is solved, the worst trials at its answer give the next line, and so on until no
line is broken. A row per trial is never written.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from optimizer.errors import SolverError
from optimizer.problem.instance import Floats, Ints
from optimizer.solve.program import ProgramBuilder, Solution, Solver
from optimizer.stress.measures import TAIL

CLOSE = 1e-7
"""How far, as a share of the budget, the worst trials may cost more than it."""

_NEAR = 1e-8
"""Share of the gain that may be given up for rates near those of today."""

_MOST_CUTS, _ROOM = 1000, 100
"""Lines before giving up, and for how many more a program has rows."""


_WATCHED = 4 * TAIL
"""Share of the trials that are looked at between two looks at all."""

_WHOLE = 1e-9
"""How little more than a whole number of trials counts as that number."""


class Aim(Enum):
    """What a program is solved for."""

    GAIN = "most gain"
    NEAR = "least change at most gain"
    LEAST = "least cost of the worst trials"


@dataclass(frozen=True)
class Question:
    """What rates are asked for.

    Attributes
    ----------
    gain : (rate,) floats
        What is maximised, per unit of each rate.
    present, low, high : (rate,) floats
    steps : tuple of (int, int, int)
        Two rates, and 1 where the second may not be lower, -1 where it may not be higher.
    held : (rule, rate) floats
    due : (rule,) floats
        What sums of rates are to be.
    fixed : (trial,) floats
    slope : (trial, rate) floats
        Cost of each trial is fixed + slope · rates.
    budget : float
    """

    gain: Floats
    present: Floats
    low: Floats
    high: Floats
    steps: tuple[tuple[int, int, int], ...]
    held: Floats
    due: Floats
    fixed: Floats
    slope: Floats
    budget: float

    @property
    def scale(self) -> Floats:
        """Return the size of each rate, by which programs count, (rate,) floats."""
        return np.where(self.present > 0, self.present, 1.0)


@dataclass(frozen=True)
class Tuned:
    """The answer.

    Attributes
    ----------
    values : (rate,) floats
    gain : float
    tail : float
        Mean cost of the worst trials at these rates.
    cuts : int
        Lines that were needed.
    least : float or None
        Mean cost of the worst trials at the rates where it is least, where no rates keep the
        budget; `values` are those rates then.
    """

    values: Floats
    gain: float
    tail: float
    cuts: int
    least: float | None = None


@dataclass
class _Cuts:
    """Lines collected so far, as shares of the budget."""

    constant: list[float] = field(default_factory=list)
    slope: list[Floats] = field(default_factory=list)


def tuned(question: Question) -> Tuned:
    """Return the rates of most gain, and of those the ones nearest to today's.

    Raises
    ------
    SolverError
        Where HiGHS gives no answer.
    """
    cuts = _Cuts()
    best = _cut_down(question, cuts, Aim.GAIN)
    if best is None:
        found = _cut_down(question, cuts, Aim.LEAST)
        assert found is not None
        least = tail_cost(question, found)[0]
        return _answer(question, found, cuts, least)
    nearest = _cut_down(question, cuts, Aim.NEAR, float(question.gain @ best))
    return _answer(question, best if nearest is None else nearest, cuts, None)


def _answer(question: Question, values: Floats, cuts: _Cuts, least: float | None) -> Tuned:
    values = np.clip(values, question.low, question.high)
    tail = tail_cost(question, values)[0]
    return Tuned(values, float(question.gain @ values), tail, len(cuts.slope), least)


def tail_cost(
    question: Question, values: Floats, share: float | None = None
) -> tuple[float, float, Floats]:
    """Return the mean cost of the worst trials at some rates, and the line that it lies on.

    Parameters
    ----------
    values : (rate,) floats
    share : float, optional
        How many trials are the worst; a twentieth of those of the question if left out.

    Returns
    -------
    float
        CVaR95; a trial at the edge counts in part.
    float, (rate,) floats
        Constant and slope of the line.
    """
    cost = question.fixed + question.slope @ values
    share = TAIL * len(cost) if share is None else share
    number = int(np.ceil(share - _WHOLE))
    worst = np.argpartition(cost, len(cost) - number)[len(cost) - number :]
    weight = np.full(number, 1 / share)
    weight[np.argmin(cost[worst])] -= number / share - 1
    constant = float(weight @ question.fixed[worst])
    return float(weight @ cost[worst]), constant, weight @ question.slope[worst]


def _cut_down(question: Question, cuts: _Cuts, aim: Aim, gain: float = 0.0) -> Floats | None:
    """Solve, add the line of the worst trials, and again; None where nothing keeps the budget."""
    program = _Program(question, aim, gain, cuts)
    # The mean of any twentieth of the trials is a line: all are looked at only where need be.
    looked_at, share = question, TAIL * len(question.fixed)
    while len(cuts.slope) < _MOST_CUTS:
        found = program.solve()
        if not found.feasible:
            return None
        values = found.values[: len(question.gain)] * question.scale
        limit = found.values[len(question.gain)] if aim is Aim.LEAST else _limit(aim)
        most = (limit + CLOSE) * question.budget
        line = tail_cost(looked_at, values, share)
        if looked_at is not question and line[0] <= most:
            looked_at = question
            line = tail_cost(question, values)
        if line[0] <= most:
            return np.asarray(values)
        cuts.constant.append(line[1] / question.budget)
        cuts.slope.append(line[2] * question.scale / question.budget)
        if looked_at is question:
            looked_at = _worst(question, values)
        if len(cuts.slope) % _ROOM:
            program.add(len(cuts.slope) - 1, cuts)
        else:
            program = _Program(question, aim, gain, cuts)
    raise SolverError(
        f"The rates are not settled after {_MOST_CUTS} rounds; use another number of trials."
    )


def _worst(question: Question, values: Floats) -> Question:
    """Return the question for some of the worst trials only, more than the tail."""
    number = min(len(question.fixed), int(np.ceil(_WATCHED * len(question.fixed))))
    cost = question.fixed + question.slope @ values
    rows = np.sort(np.argpartition(cost, len(cost) - number)[len(cost) - number :])
    return replace(question, fixed=question.fixed[rows], slope=question.slope[rows])


def _limit(aim: Aim) -> float:
    """Return what the worst trials may cost, as a share of the budget."""
    # What was found for the most gain breaks the budget by as much as it may, and is kept.
    return {Aim.GAIN: 1.0, Aim.NEAR: 1.0 + CLOSE, Aim.LEAST: np.inf}[aim]


class _Program:
    """The program of the lines so far, warm between them: rates by their size, cost of the worst.

    Parameters
    ----------
    gain : float
        That of `Aim.GAIN`, for `Aim.NEAR`.
    """

    def __init__(self, question: Question, aim: Aim, gain: float, cuts: _Cuts) -> None:
        number, scale = len(question.gain), question.scale
        program = ProgramBuilder()
        weight = question.gain * scale
        size = float(np.abs(weight).max()) or 1.0
        aimed = -weight / size if aim is Aim.GAIN else np.zeros(number)
        rates = program.add_columns(question.low / scale, question.high / scale, aimed)
        self._columns = np.append(rates, program.add_columns(
            np.zeros(1), np.array([_limit(aim)]), np.array([float(aim is Aim.LEAST)])
        ))  # fmt: skip
        _add_rules(program, question, rates)
        room = len(cuts.slope) + _ROOM
        self._rows = program.add_rows(np.full(room, -np.inf), np.full(room, np.inf))
        if aim is Aim.NEAR:
            least = gain / size - _NEAR * abs(gain / size)
            row = program.add_rows(np.array([least]), np.full(1, np.inf))
            program.add_entries(row.repeat(number), rates, weight / size)
            _add_changes(program, rates, question.present / scale)
        self._solver = Solver(program.build(), presolve=False)
        for place in range(len(cuts.slope)):
            self.add(place, cuts)

    def add(self, place: int, cuts: _Cuts) -> None:
        """Put a line into its row."""
        row = self._rows[[place]]
        values = np.append(cuts.slope[place], -1.0)
        self._solver.set_coefficients(row.repeat(len(values)), self._columns, values)
        self._solver.set_row_bounds(row, np.array([-np.inf]), np.array([-cuts.constant[place]]))

    def solve(self) -> Solution:
        """Solve and return the solution: rates first, then the cost of the worst trials."""
        return self._solver.solve()


def _add_rules(program: ProgramBuilder, question: Question, rates: Ints) -> None:
    """Add rows for steps between tiers, and for what is held."""
    scale = question.scale
    for first, second, sign in question.steps:
        row = program.add_rows(np.zeros(1), np.full(1, np.inf))
        program.add_entries(row, rates[[second]], sign * scale[second])
        program.add_entries(row, rates[[first]], -sign * scale[first])
    for held, due in zip(question.held * scale, question.due, strict=True):
        amount = np.array([due / np.abs(held).max()])
        row = program.add_rows(amount, amount)
        program.add_entries(row.repeat(len(rates)), rates, held / np.abs(held).max())


def _add_changes(program: ProgramBuilder, rates: Ints, present: Floats) -> None:
    """Add columns of at least the change of each rate, up or down, and let them be least."""
    number = len(present)
    change = program.add_columns(np.zeros(number), np.full(number, np.inf), np.ones(number))
    for sign in (1.0, -1.0):
        row = program.add_rows(-sign * present, np.full(number, np.inf))
        program.add_entries(row, change, 1.0)
        program.add_entries(row, rates, -sign)
