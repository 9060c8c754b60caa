"""The least change said once more: a joint linear program in PuLP that shares nothing.

Everything is worked out from plain tables as a planner would say it in
``docs/recalibration.md``. The squares are held from below by tangents, which are added where the
answer lies until they hold it to a millionth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulp

Cell = tuple[str, str]


@dataclass(frozen=True)
class Rep:
    """One rep in mid-period.

    Attributes
    ----------
    reference : float
        What the rep would have, did nothing but the people change.
    low, high : float
        Lowest and highest target.
    products : sequence of str
        That the rep sells.
    """

    region: str
    reference: float
    low: float
    high: float
    products: Sequence[str]


@dataclass(frozen=True)
class Turn:
    """The period in plain numbers.

    Attributes
    ----------
    goal : float
    now, low, high : mapping of (region, product) to float
    reps : mapping of name to Rep
    most : sequence of (cells, float)
        What the market gives.
    fixed : sequence of (cells, float)
        Locks on regions and products.
    wished : sequence of (cells, float)
        Moves that were asked for.
    """

    goal: float
    now: Mapping[Cell, float]
    low: Mapping[Cell, float]
    high: Mapping[Cell, float]
    reps: Mapping[str, Rep]
    most: Sequence[tuple[Sequence[Cell], float]] = ()
    fixed: Sequence[tuple[Sequence[Cell], float]] = ()
    wished: Sequence[tuple[Sequence[Cell], float]] = field(default=())


@dataclass(frozen=True)
class Least:
    """What is least: F lies between `low` and `high`; None where caps cannot all be kept."""

    placed: float
    goal: float
    missed: float
    low: float
    high: float


class _Joint:
    """One variable per cell, rep, and cell of a rep."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.problem = pulp.LpProblem("least_change", pulp.LpMinimize)
        self.cell = {place: self._new(f"y{n}") for n, place in enumerate(turn.now)}
        self.total = {name: self._new(f"r{n}") for n, name in enumerate(turn.reps)}
        gives = self._soft_caps()
        for name, rep in turn.reps.items():
            self.problem += self.total[name] >= rep.low
            if rep.high < float("inf"):
                self.problem += self.total[name] <= rep.high
        self._carry()
        for cells, most in turn.most:
            inside = [place for place in cells if place in self.cell]
            least = sum(turn.low[place] for place in inside)
            gives.append(self._new(f"excess{len(gives)}"))
            self.problem += self._sum(inside) - gives[-1] <= max(most, least)
        self.give = pulp.lpSum(gives)
        for cells, amount in turn.fixed:
            self.problem += self._sum(cells) == amount
        self.short, self.beyond = self._new("short"), self._new("beyond")
        self.problem += self._sum(turn.now) + self.short - self.beyond == turn.goal
        self.miss = pulp.lpSum(self._misses())

    def _new(self, name: str) -> pulp.LpVariable:
        return self.problem.add_variable(name, 0)

    def _sum(self, cells: Sequence[Cell]) -> pulp.LpAffineExpression:
        return pulp.lpSum(self.cell[place] for place in cells if place in self.cell)

    def _soft_caps(self) -> list[pulp.LpVariable]:
        gives = []
        for n, (place, variable) in enumerate(self.cell.items()):
            under, over = self._new(f"under{n}"), self._new(f"over{n}")
            self.problem += variable + under >= self.turn.low[place]
            self.problem += variable - over <= self.turn.high[place]
            gives += [under, over]
        return gives

    def _carry(self) -> None:
        carried: dict[Cell, list[pulp.LpVariable]] = {place: [] for place in self.cell}
        for n, (name, rep) in enumerate(self.turn.reps.items()):
            own = []
            for product in rep.products:
                if (rep.region, product) in self.cell:
                    part = self._new(f"x{n}_{len(own)}")
                    own.append(part)
                    carried[rep.region, product].append(part)
            self.problem += pulp.lpSum(own) == self.total[name]
        for place, parts in carried.items():
            self.problem += pulp.lpSum(parts) == self.cell[place]

    def _misses(self) -> list[pulp.LpVariable]:
        found = []
        for n, (cells, amount) in enumerate(self.turn.wished):
            below, above = self._new(f"below{n}"), self._new(f"above{n}")
            self.problem += self._sum(cells) + below - above == amount
            found += [below, above]
        return found

    def least(self, wish: pulp.LpAffineExpression | pulp.LpVariable) -> float:
        """Minimise a wish and hold it from then on."""
        best = self.value(wish)
        self.problem += wish <= best + 1e-6
        return best

    def value(self, wish: pulp.LpAffineExpression | pulp.LpVariable) -> float:
        self.problem.setObjective(wish + 0)
        self.problem.solve(pulp.HiGHS(msg=False))
        assert self.problem.status == pulp.LpStatusOptimal
        return float(pulp.value(wish) or 0.0)


def least_change(turn: Turn) -> Least | None:
    """Return the least change, or None where people cannot carry what all caps ask for."""
    joint = _Joint(turn)
    if joint.least(joint.give) > 1e-6:
        return None
    joint.least(joint.short + joint.beyond)
    short, beyond = pulp.value(joint.short), pulp.value(joint.beyond)
    goal = turn.goal + beyond
    missed = joint.least(joint.miss) if turn.wished else 0.0
    scale = goal / sum(turn.now.values())
    terms = [(joint.cell[place], scale * now) for place, now in turn.now.items()]
    terms += [
        (joint.total[name], scale * rep.reference)
        for name, rep in turn.reps.items()
        if rep.reference > 0
    ]
    low, high = _fairest(joint, terms)
    return Least(goal - short, goal, missed, low, high)


def _fairest(joint: _Joint, terms: Sequence[tuple[pulp.LpVariable, float]]) -> tuple[float, float]:
    """Return bounds of the least sum of reference × (value / reference − 1)²."""
    costs = [joint.problem.add_variable(f"f{n}", 0) for n in range(len(terms))]

    def add_tangents(ratios: Sequence[Sequence[float]]) -> None:
        for cost, (variable, reference), at in zip(costs, terms, ratios, strict=True):
            for ratio in at:
                slope = 2.0 * (ratio - 1.0)
                joint.problem += cost >= slope * variable - reference * (ratio * ratio - 1.0)

    add_tangents([[0.5, 0.8, 0.9, 1.1, 1.2, 1.5]] * len(terms))
    low, high = 0.0, float("inf")
    for _ in range(60):
        low = joint.value(pulp.lpSum(costs))
        ratios = [(variable.value() or 0.0) / reference for variable, reference in terms]
        high = min(
            high,
            sum(reference * (ratio - 1.0) ** 2
                for ratio, (_, reference) in zip(ratios, terms, strict=True)),
        )  # fmt: skip
        if high - low <= 1e-6 * (1.0 + abs(high)):
            break
        add_tangents([[ratio] for ratio in ratios])
    return low, high
