"""What would close a gap: each lever by itself, and the cheapest ones together.

A lever is found with the program of the least gap, rounded to what a table would say, and then
tried: written into the scenario and worked out afresh. What it closes is what that trial says,
and the steps of a combination are as many as its trials need.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from optimizer.advice import choices
from optimizer.advice.combination import settle
from optimizer.advice.costs import lever_prices
from optimizer.advice.levers import Levers
from optimizer.advice.parts import Advice, apply_parts
from optimizer.advice.trial import Trial
from optimizer.domain.scenario import Scenario
from optimizer.model.bound import Prices
from optimizer.problem.instance import Floats
from optimizer.results.tables import in_unit

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
        Advice((part,), closes, exact=trial.exact)
        for part in (*levers.alone(trial.before), *chosen)
        if (closes := trial.closed_by(apply_parts((part,), scenario))) >= 0.5 * trial.instance.unit
    ]
    found.sort(key=lambda one: (-one.closes, one.parts[0].lever, one.parts[0].where))
    together = _together(levers, trial, scenario, gap)
    return tuple(found) if together is None else (*found, together)


def _together(levers: Levers, trial: Trial, scenario: Scenario, gap: float) -> Advice | None:
    """Return the cheapest combination; None where no levers close anything together."""
    unit = trial.instance.unit
    together = levers.together(trial.instance.goal)
    if together is None or not together.parts(together.steps):
        return None
    wanted = min(gap, together.reaches - (trial.instance.goal - gap))
    advice = settle(
        together, lambda parts: trial.closed_by(apply_parts(parts, scenario)), wanted, unit
    )
    if advice.closes <= 0:
        return None
    leaves = in_unit(round((gap - advice.closes) / unit), unit)
    return replace(advice, leaves=leaves, exact=trial.exact)


def advice_table(advice: tuple[Advice, ...]) -> pd.DataFrame:
    """Return ``advice.csv``: one row per lever, then one for the cheapest combination."""
    rows = []
    for one in advice:
        if not one.is_combination:
            part = one.parts[0]
            text = f"{_sentence(part.words)}: {_closes(one)}"
            rows.append((part.lever, part.where, part.change, one.closes, text))
            continue
        words = "; ".join(part.words for part in one.parts)
        text = (
            f"Cheapest together (cost {one.cost:,.6g} by the prices of the levers): {words}: "
            f"{_closes(one)}"
        )
        rows.append(("combination", "*", one.cost, one.closes, text))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _closes(one: Advice) -> str:
    about = "" if one.exact else "about "
    rest = f"; no lever was found for the other {one.leaves:,.10g}" if one.leaves > 0 else ""
    return f"closes {about}{one.closes:,.10g} of the gap{rest}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
