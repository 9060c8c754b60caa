"""What a solver hands back: the exact plan before rounding, its value and its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.problem.instance import Floats, Ints


@dataclass(frozen=True)
class Price:
    """A shadow price of one rule, as it stands in the Lagrangian of `optimizer.model`.

    Attributes
    ----------
    step : str
        ``"gap"``, ``"cover"`` or ``"fairness"``: which of the three steps it proves.
    kind, side : str
        Rule family and side (``min``, ``max``, ``equal``).
    period, region, product, rep : str
        Where the rule stands; ``*`` = all.
    value : float
        At least 0 for inequalities; any sign for equalities.
    """

    step: str
    kind: str
    side: str
    period: str
    region: str
    product: str
    rep: str
    value: float


@dataclass(frozen=True)
class SolverReport:
    """Who solved it, how it ended, and how much work it was."""

    name: str
    version: str
    status: str
    rounds: int


@dataclass(frozen=True)
class Allocation:
    """An exact plan, before rounding.

    Attributes
    ----------
    ask, placed : (leaf, period, product) floats
        D and Y; 0 in closed cells.
    rep_total : (rep, period) floats or None
        T; None in a regional plan.
    volume : (group, period, product) floats or None
        What each group of reps sells of each product.
    placed_most, street_most : float
        The best values of steps 1 and 2.
    objective, bound : float
        F at the plan and a proven lower bound of F.
    prices : sequence of Price
        The dual prices that prove the three steps.
    solver : SolverReport
    """

    ask: Floats
    placed: Floats
    rep_total: Floats | None
    volume: Floats | None
    placed_most: float
    street_most: float
    objective: float
    bound: float
    prices: Sequence[Price]
    solver: SolverReport


__all__ = ["Allocation", "Floats", "Ints", "Price", "SolverReport"]
