"""What would close a gap: each lever by itself, and the cheapest ones together.

A lever is found with the program of the least gap, rounded to what a table would say, and then
tried: written into the scenario and worked out afresh. What it closes is what that trial says.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from optimizer.advice import choices
from optimizer.advice.costs import lever_prices
from optimizer.advice.levers import Levers
from optimizer.advice.parts import Advice, apply_parts
from optimizer.advice.trial import Trial
from optimizer.domain.scenario import Scenario
from optimizer.model.bound import Prices
from optimizer.problem.instance import Floats

COLUMNS = ("lever", "where", "change", "closes", "text")


def advise(scenario: Scenario, prices: Prices, gap: float, shortage: Floats) -> tuple[Advice, ...]:
    """Return what would close a gap, the most helpful first, the cheapest combination last.

    Parameters
    ----------
    scenario : Scenario
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
    trial = Trial(scenario, gap)
    levers = Levers(trial.instance, scenario.settings.buffers, prices, shortage, allowed)
    kept = scenario.settings.buffers.capacity
    chosen = (
        part
        for part in choices.find_choices(trial.instance, prices, shortage, kept)
        if part.lever in allowed.allowed
    )
    found = [
        Advice((part,), closes)
        for part in (*levers.alone(trial.before), *chosen)
        if (closes := trial.closed_by(apply_parts((part,), scenario))) >= 0.5 * trial.instance.unit
    ]
    found.sort(key=lambda one: (-one.closes, one.parts[0].lever, one.parts[0].where))
    together = levers.together(trial.instance.goal)
    closes = trial.closed_by(together.apply(scenario)) if together.parts else 0.0
    return (*found, replace(together, closes=closes)) if closes > 0 else tuple(found)


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
