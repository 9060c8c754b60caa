"""What would close a gap: each lever by itself, and the cheapest ones together.

A lever is found with the program of the least gap, rounded to what a table would say, and then
tried: written into the scenario and worked out afresh. What it closes is what that trial says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.advice import choices, limit_levers, share_levers
from optimizer.advice.backing import Backing
from optimizer.advice.costs import LeverPrices, lever_prices
from optimizer.advice.lever import Lever
from optimizer.domain.scenario import Scenario
from optimizer.model.bound import Prices
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Floats, Instance

COLUMNS = ("lever", "where", "change", "closes", "text")
_TOGETHER = 3
"""How often the cheapest combination is tried; whole units may keep back the last few."""


@dataclass(frozen=True)
class Part:
    """A change of the inputs: which lever, where, how far."""

    lever: str
    where: str
    change: float
    words: str
    edit: Callable[[Scenario], Scenario]


@dataclass(frozen=True)
class Advice:
    """A way to close a gap, or a part of it.

    Attributes
    ----------
    parts : tuple of Part
        One, or the parts of the cheapest combination.
    closes : float
        How much of the gap is closed, in the scenario's unit.
    cost : float
        What the parts cost by the planner's prices; NaN for one lever by itself.
    """

    parts: tuple[Part, ...]
    closes: float
    cost: float = float("nan")

    @property
    def is_combination(self) -> bool:
        """Whether this is the cheapest combination rather than one lever."""
        return not np.isnan(self.cost)

    def apply(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the advice taken."""
        for part in self.parts:
            scenario = part.edit(scenario)
        return scenario


def advise(
    scenario: Scenario, instance: Instance, prices: Prices, gap: float, shortage: Floats
) -> tuple[Advice, ...]:
    """Return what would close a gap, the most helpful first, the cheapest combination last.

    Parameters
    ----------
    scenario : Scenario
    instance : Instance
        The scenario's problem.
    prices : Prices
        Of the least gap.
    gap : float
        What is left of the goal, in the scenario's unit.
    shortage : (leaf,) floats
        Each region's part of it.
    """
    if gap <= 0:
        return ()
    allowed = lever_prices(scenario.settings)
    trial = _Trial(scenario, instance, gap)
    found = [
        Advice((part,), closes)
        for part in _single_parts(scenario, instance, prices, shortage, allowed)
        if (closes := trial.closes(part.edit)) >= instance.unit * 0.5
    ]
    found.sort(key=lambda one: (-one.closes, one.parts[0].lever, one.parts[0].where))
    together = _cheapest(scenario, instance, trial, allowed, shortage)
    return (*found, *([] if together is None else [together]))


def advice_table(advice: tuple[Advice, ...]) -> pd.DataFrame:
    """Return ``advice.csv``: one row per lever, then one for the cheapest combination."""
    rows = []
    for one in advice:
        if not one.is_combination:
            part = one.parts[0]
            text = f"{_sentence(part.words)}: closes {one.closes:,.10g} of the gap"
            rows.append((part.lever, part.where, part.change, one.closes, text))
            continue
        words = "; ".join(part.words for part in one.parts)
        text = (
            f"Cheapest together (cost {one.cost:,.6g} by the prices of the levers): {words}: "
            f"closes {one.closes:,.10g} of the gap"
        )
        rows.append(("combination", "*", one.cost, one.closes, text))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


class _Trial:
    """Works out afresh what a changed scenario can place."""

    def __init__(self, scenario: Scenario, instance: Instance, gap: float) -> None:
        self.scenario = scenario
        self.unit = instance.unit
        self.gap = gap
        self.goal = instance.goal
        self.before = self._whole(Backing(instance).most())

    def closes(self, edit: Callable[[Scenario], Scenario]) -> float:
        """Return how much of the gap a change closes, in whole units."""
        return self.closed_by(edit(self.scenario))

    def closed_by(self, scenario: Scenario) -> float:
        """Return how much of the gap a changed scenario closes, in whole units."""
        after = self._whole(Backing(build_instance(scenario)).most())
        return min(max(after - self.before, 0.0), self.gap)

    def _whole(self, most: float) -> float:
        units = np.floor(min(most, self.goal) / self.unit + 1e-6)
        return float(units * self.unit)


def _single_parts(
    scenario: Scenario,
    instance: Instance,
    prices: Prices,
    shortage: Floats,
    allowed: LeverPrices,
) -> Iterator[Part]:
    """Yield each lever that moves anything by itself, pulled as far as it helps and no further."""
    levers = [
        lever for lever in _promising(scenario, instance, prices) if lever.kind in allowed.allowed
    ]
    program = Backing(instance, tuple(lever.gives for lever in levers))
    before = program.most()
    for number, lever in enumerate(levers):
        placed, amount = program.pull(number, lever.most, instance.goal)
        if placed - before > instance.unit * 0.5 and amount > 0:
            yield _part(lever, lever.whole(amount))
    kept = scenario.settings.buffers.capacity
    for choice in choices.find_choices(instance, prices, shortage, kept):
        if choice.kind in allowed.allowed:
            yield Part(choice.kind, choice.where, 1.0, choice.words, choice.edit)


def _part(lever: Lever, amount: float) -> Part:
    return Part(
        lever.kind,
        lever.where,
        round(amount, 10),
        lever.words(amount),
        lambda scenario: lever.edit(scenario, amount),
    )


def _promising(scenario: Scenario, instance: Instance, prices: Prices) -> list[Lever]:
    """Return the levers whose limit has a price in the least gap; others move nothing alone."""
    buffers = scenario.settings.buffers
    pools = read_pools(instance, read_rules(instance, fold=False))
    full = limit_levers.worth_raising(instance, pools, prices)
    short = limit_levers.worth_finding(instance, prices)
    return [
        *limit_levers.buffers(instance, pools, buffers),
        *share_levers.moves(instance, prices),
        *limit_levers.capacities(instance, pools, full, buffers.capacity),
        *limit_levers.potentials(instance, short, buffers.potential),
    ]


def _every_lever(scenario: Scenario, instance: Instance, shortage: Floats) -> list[Lever]:
    """Return all levers that can be pulled together."""
    buffers = scenario.settings.buffers
    pools = read_pools(instance, read_rules(instance, fold=False))
    high = np.zeros(0) if pools is None else pools.curves.street_high
    bounded = np.flatnonzero(np.isfinite(high))
    every = range(len(instance.potentials.given))
    short = np.flatnonzero(shortage > 0)
    return [
        *limit_levers.buffers(instance, pools, buffers),
        *share_levers.sides(instance),
        *limit_levers.capacities(instance, pools, bounded, buffers.capacity),
        *limit_levers.more_reps(instance, pools, short, buffers.capacity),
        *limit_levers.potentials(instance, every, buffers.potential),
    ]


def _cheapest(
    scenario: Scenario, instance: Instance, trial: _Trial, prices: LeverPrices, shortage: Floats
) -> Advice | None:
    """Return the cheapest levers that together close as much as levers can; None if none do.

    Regions where nobody works get their first rep beforehand: no other lever helps them.
    """
    first = _first_reps(scenario, instance, shortage) if "rep" in prices.allowed else []
    staffed = scenario
    for part in first:
        staffed = part.edit(staffed)
    problem = build_instance(staffed) if first else instance
    levers = [
        lever for lever in _every_lever(staffed, problem, shortage) if lever.kind in prices.allowed
    ]
    best: Advice | None = None
    more = 0.0
    for _ in range(_TOGETHER):
        chosen = _pulled(problem, levers, prices, trial.goal + more)
        cost = sum(prices.price["rep"] * part.change for part in first)
        parts = (*first, *(_part(lever, amount) for lever, amount in chosen))
        cost += sum(prices.price[lever.kind] * lever.room * amount for lever, amount in chosen)
        advice = Advice(parts, 0.0, cost)
        closes = trial.closed_by(advice.apply(scenario)) if parts else 0.0
        if best is None or closes > best.closes:
            best = Advice(parts, closes, cost)
        if closes >= trial.gap:
            break
        more += max(trial.gap - closes, instance.unit)
    return best if best is not None and best.closes > 0 else None


def _pulled(
    instance: Instance, levers: list[Lever], prices: LeverPrices, enough: float
) -> list[tuple[Lever, float]]:
    """Return the levers of the cheapest combination, each with how far it is pulled."""
    if not levers:
        return []
    program = Backing(instance, tuple(lever.gives for lever in levers))
    cost = np.array([prices.price[lever.kind] * lever.room for lever in levers])
    most = np.array([lever.most for lever in levers])
    whole = np.array([lever.in_whole for lever in levers])
    _, amounts = program.pull_together(np.arange(len(levers)), most, cost, enough, whole)
    least = 1e-7 * np.array([instance.ask_total if lever.room <= 1 else 1.0 for lever in levers])
    return [
        (lever, lever.whole(float(amount)))
        for lever, amount, dust in zip(levers, amounts, least, strict=True)
        if amount > dust
    ]


def _first_reps(scenario: Scenario, instance: Instance, shortage: Floats) -> list[Part]:
    """Return one rep for each region with a gap in which nobody works in any period."""
    if instance.reps is None:
        return []
    working = np.zeros(len(instance.leaves), dtype=bool)
    np.logical_or.at(working, instance.reps.leaf, (instance.reps.reference > 0).any(axis=1))
    kept = scenario.settings.buffers.capacity
    parts = []
    for leaf in np.flatnonzero(~working & (shortage > 0)):
        choice = choices.new_rep(instance, int(leaf), kept)
        parts.append(Part("rep", choice.where, 1.0, choice.words, choice.edit))
    return parts
