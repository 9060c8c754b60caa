"""The recipe of tune: a run, its rules of pay and a budget become better rates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.problem.instance import Floats
from optimizer.results.text_table import short_amount
from optimizer.stress.cost import CostModel
from optimizer.stress.factors import REPLICATES
from optimizer.stress.measures import QUANTILES, Figure, mean, overrun, quantile, tail
from optimizer.stress.rules import with_trials
from optimizer.stress.stress import read_world
from optimizer.tune.lines import cost_lines, excellence, pay_lines
from optimizer.tune.rate import Design, build_design, with_rates
from optimizer.tune.search import build_question, search
from optimizer.tune.tail import tail_cost

LEAST, MOST = 0.5, 2.0
"""Within what multiples of what it is each rate stays."""

FARTHEST = 1_000
"""How many times what it is a rate may become."""

SMALLEST, LARGEST = 1e-6, 1e15
"""Budgets, in the scenario's unit; beyond them no solver tells costs from nothing."""

_DIGITS = 6
"""Significant digits of a rate."""

_FEWEST = 40
"""Trials of a set: the worst twentieth is then at least two."""


@dataclass(frozen=True)
class Tuning:
    """Rates that a budget bears.

    Attributes
    ----------
    name, unit : str
        Of the scenario; money of pay.
    folder : Path
        The run.
    source : Path
        The rules of pay as they are.
    design : Design
        What was tuned.
    budget : float
        In pay units.
    trials, seed : int
        Of the trials by which rates were found; fresh ones have the next seed.
    rates : DataFrame
        plan, rate, before, after, low, high.
    pay : DataFrame
        By plan: excellence (attainment), and pay per rep and period at 100 % and at the point of
        excellence, before and after.
    cost : mapping of str to mapping of str to Figure
        ``before`` and ``after``, on fresh trials: mean, p95, cvar95, overrun_probability.
    in_sample : float
        CVaR95 after, on the trials by which rates were found.
    search : mapping of str to plain data
        How rates were found.
    """

    name: str
    unit: str
    folder: Path
    source: Path
    design: Design
    budget: float
    trials: int
    seed: int
    rates: pd.DataFrame
    pay: pd.DataFrame
    cost: Mapping[str, Mapping[str, Figure]]
    in_sample: float
    search: Mapping[str, Any]

    @property
    def out_of_sample(self) -> float:
        """CVaR95 after, on fresh trials, less the budget, as a share of it."""
        return self.cost["after"]["cvar95"].value / self.budget - 1

    def as_dict(self) -> dict[str, Any]:
        """Return ``tune.json``."""
        return {
            "budget": self.budget,
            "unit": self.unit,
            "measure": self.design.world.payees.scenario.settings.measure,
            "incentive": self.source.name,
            "trials": self.trials,
            "seed": self.seed,
            "rates": self.rates.to_dict("records"),
            "pay": self.pay.to_dict("records"),
            "cost": {
                when: {name: one.as_dict() for name, one in figures.items()}
                for when, figures in self.cost.items()
            },
            "in_sample_cvar95": self.in_sample,
            "out_of_sample_overrun": self.out_of_sample,
            **self.search,
            "left_as_they_are": list(self.design.left),
            "assumptions": list(self.design.world.rules.assumed),
        }


def tune_run(
    run: Path | str,
    *,
    budget: float | None = None,
    incentive: Path | str | None = None,
    measure: str | None = None,
    previous: Sequence[Path | str] = (),
    trials: int | None = None,
    seed: int | None = None,
    least: float = LEAST,
    most: float = MOST,
) -> Tuning:
    """Return the rates that pay most for excellence within a budget.

    Pay of each plan at 100 % stays what it is, no tier falls below the one before it that does
    not today, and the worst twentieth of trials costs the budget at most (CVaR95).

    Parameters
    ----------
    run : path
        Run folder of ``plan``.
    budget : float, optional
        In the scenario's unit; ``[stress] budget`` if left out.
    incentive : path, optional
        Rules of pay in place of the run's ``incentive.toml``.
    measure : str, optional
        The main one if left out.
    previous : sequence of path
        Runs that were paid before, the earliest first: what awards and progress look back on.
    trials, seed : int, optional
        In place of the scenario's.
    least, most : float
        Each rate stays between these multiples of what it is.

    Raises
    ------
    InputError
        Where the run, the rules or the arguments are wrong, or no rates keep the budget.
    """
    if not 0 <= least <= 1 <= most <= FARTHEST:
        raise InputError(f"--least lies between 0 and 1, --most between 1 and {FARTHEST:,}")
    world = read_world(run, incentive, measure, previous)
    rules = with_trials(world.rules, trials, seed)
    budget = rules.budget if budget is None else budget
    if budget is None or budget <= 0:
        raise InputError("name a budget above 0 with --budget, or write [stress] budget")
    if not SMALLEST <= budget <= LARGEST:
        raise InputError(f"--budget {budget:g}: name one from {SMALLEST:g} to {LARGEST:g}")
    design = build_design(replace(world, rules=rules), least, most)
    source = Path(run) / "scenario" / "incentive.toml" if incentive is None else Path(incentive)
    return _tuning(design, Path(run), source, budget * world.payees.per_unit)


def _tuning(design: Design, folder: Path, source: Path, budget: float) -> Tuning:
    world = design.world
    trials = max(_FEWEST, -(-world.rules.trials // REPLICATES))
    level = excellence(design, trials)
    found = search(design, level, budget, trials)
    if not found.keeps:
        raise InputError(_impossible(design, budget, found.tail))
    after = np.array([float(f"{value:.{_DIGITS}g}") for value in found.values])
    settings = world.payees.scenario.settings
    question = build_question(design, level, cost_lines(design, after, trials), after, budget)
    return Tuning(
        name=settings.name,
        unit=settings.pay_unit,
        folder=folder,
        source=source,
        design=design,
        budget=budget,
        trials=REPLICATES * trials,
        seed=world.rules.seed,
        rates=_rates(design, after),
        pay=_pay(design, level, after),
        cost={
            "before": fresh_cost(design, design.present, budget),
            "after": fresh_cost(design, after, budget),
        },
        in_sample=tail_cost(question, after)[0],
        search={
            "is_straight": design.is_straight,
            "rounds": found.rounds,
            "cuts": found.cuts,
        },
    )


def fresh_cost(design: Design, values: Floats, budget: float) -> Mapping[str, Figure]:
    """Return what rates cost on trials by which they were not found.

    Parameters
    ----------
    values : (rate,) floats
    budget : float
        In pay units.
    """
    rules = replace(design.world.rules, seed=design.world.rules.seed + 1)
    costs = CostModel(replace(with_rates(design, values), rules=rules)).costs()
    return {
        "mean": mean(costs),
        "p95": quantile(costs, QUANTILES["p95"]),
        "cvar95": tail(costs),
        "overrun_probability": overrun(costs, budget),
    }


def _rates(design: Design, after: Floats) -> pd.DataFrame:
    rates = design.rates
    return pd.DataFrame(
        {
            "plan": [rate.plan for rate in rates],
            "rate": [rate.name for rate in rates],
            "before": [rate.value for rate in rates],
            "after": after,
            "low": [rate.low for rate in rates],
            "high": [rate.high for rate in rates],
        }
    )


def _pay(design: Design, level: Floats, after: Floats) -> pd.DataFrame:
    """Return pay per rep and period of each plan."""
    world = design.world
    number = np.array([len(one.reps) * len(one.schedules) for one in world.paying])
    table = pd.DataFrame({"plan": [one.plan.name for one in world.paying], "excellence": level})
    for name, at in (("at_target", np.ones(len(level))), ("at_excellence", level)):
        for when, values in (("before", design.present), ("after", after)):
            table[f"{name}_{when}"] = pay_lines(design, values, at).at(values) / number
    return table[[bool(units) for units in design.units]].reset_index(drop=True)


def _impossible(design: Design, budget: float, least: float) -> str:
    per_unit = design.world.payees.per_unit
    shown = "the least is" if design.is_straight else "the least that was found is"
    # Rounded up: what the message names must be enough.
    step = 10.0 ** (math.floor(math.log10(least / per_unit)) - 5)
    enough = math.ceil(least / per_unit / step) * step
    return (
        f"no rates within these bounds keep pay at target and cost "
        f"{short_amount(budget / per_unit)} in the worst 5 % of trials: {shown} "
        f"{short_amount(enough)}. Name a budget of at least that, or lower --least"
    )
