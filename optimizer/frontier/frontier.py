"""The recipe of frontier: over-assignment against the chance of the goal and against cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Settings
from optimizer.errors import InputError
from optimizer.frontier.scaled import company_sales, scaled_world
from optimizer.problem.instance import Floats
from optimizer.results.run_folder import read_record
from optimizer.stress.cost import CostModel
from optimizer.stress.factors import REPLICATES
from optimizer.stress.measures import QUANTILES, Figure, mean, quantile
from optimizer.stress.rules import rules_name, with_trials
from optimizer.stress.stress import Parts, read_parts

MOST, STEP, CHANCE = 0.30, 0.05, 0.80
"""Largest over-assignment, steps to it, and the chance of the goal that is wanted."""

COLUMNS = ("over_assignment", "probability", "cost_mean", "cost_p90", "ccos", "sales")

_ASSUMED = "elasticity: 1, sales rise as targets do; write [stress] elasticity"

_MOST_ROWS = 200
_FARTHEST = 1.0
"""Over-assignment beyond which none is proposed."""

_STEEPEST = 10.0
"""Elasticity beyond which none is taken for meant."""

_DIGITS = 4
"""Decimals of an over-assignment."""


@dataclass(frozen=True)
class Frontier:
    """What over-assignment buys.

    Attributes
    ----------
    name, unit : str
        Of the scenario; money of pay.
    measure : str
        Whose targets are looked at.
    incentive : str
        Name of the file of the rules of pay.
    folder : Path
        The run.
    goal, street : float
        Of the company over all periods; sum of all targets of people.
    elasticity, chance : float
        How sales follow targets; chance of the goal that is wanted.
    trials, seed : int
    rows : DataFrame
        ``frontier.csv``: over_assignment, probability, cost_mean, cost_p90, ccos, sales, from
        the least over-assignment up. Costs and sales in pay units.
    errors : DataFrame
        Standard errors of the same.
    assumed : tuple of str
        What the scenario does not say, in words.
    """

    name: str
    unit: str
    measure: str
    incentive: str
    folder: Path
    goal: float
    street: float
    elasticity: float
    chance: float
    trials: int
    seed: int
    rows: pd.DataFrame
    errors: pd.DataFrame
    assumed: tuple[str, ...]

    @property
    def present(self) -> float:
        """Over-assignment of the run."""
        return round(self.street / self.goal - 1, _DIGITS)

    @property
    def cheapest(self) -> dict[str, float] | None:
        """The row of least expected cost that has the wanted chance; None where none has it."""
        reached = self.rows[self.rows["probability"] >= self.chance]
        if reached.empty:
            return None
        ordered = reached.sort_values(["cost_mean", "over_assignment"])
        return {str(name): float(value) for name, value in ordered.iloc[0].items()}

    def as_dict(self) -> dict[str, Any]:
        """Return ``frontier.json``."""
        return {
            "goal": self.goal,
            "street": self.street,
            "over_assignment": self.present,
            "unit": self.unit,
            "measure": self.measure,
            "incentive": self.incentive,
            "elasticity": self.elasticity,
            "trials": self.trials,
            "seed": self.seed,
            "chance": self.chance,
            "cheapest": self.cheapest,
            "rows": self.rows.to_dict("records"),
            "errors": self.errors.to_dict("records"),
            "assumptions": list(self.assumed),
        }


def frontier_run(
    run: Path | str,
    *,
    incentive: Path | str | None = None,
    measure: str | None = None,
    previous: Sequence[Path | str] = (),
    trials: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    elasticity: float | None = None,
    most: float = MOST,
    step: float = STEP,
    chance: float = CHANCE,
) -> Frontier:
    """Return over-assignment against the chance that the company's goal is made, and cost.

    Targets of people are multiplied, the goal stays, and sales follow targets as
    (1 + over-assignment) ^ elasticity. The same trials serve every row.

    Parameters
    ----------
    run : path
        Run folder of ``plan``.
    incentive : path, optional
        Rules of pay in place of the run's ``incentive.toml``.
    measure : str, optional
        The main one if left out.
    previous : sequence of path
        Runs that were paid before, the earliest first: what awards and progress look back on.
    trials, seed : int, optional
        In place of the scenario's.
    workers : int
        Processes; same digits.
    elasticity : float, optional
        In place of ``[stress] elasticity``.
    most, step : float
        Over-assignments from 0 on.
    chance : float
        Wanted chance of the goal; the least over-assignment that has it is a row of its own.

    Raises
    ------
    InputError
        Where the run, the rules or the arguments are wrong.
    """
    parts = read_parts(run, incentive, measure, previous)
    settings = parts.payees.scenario.settings
    follows, is_assumed = _elasticity(settings, elasticity)
    _check(workers, follows, most, step, chance)
    rules = with_trials(parts.rules, trials, seed)
    parts = parts._replace(rules=rules)
    goal, street = _goal_and_street(Path(run), parts)
    steps = np.round(np.arange(0, most + step / 2, step), _DIGITS).tolist()
    rows, errors = _rows(parts, goal / street, follows, chance, workers, steps)
    return Frontier(
        name=settings.name,
        unit=settings.pay_unit,
        measure=settings.measure,
        incentive=rules_name(incentive),
        folder=Path(run),
        goal=goal,
        street=street,
        elasticity=follows,
        chance=chance,
        trials=REPLICATES * _trials(rules.trials),
        seed=rules.seed,
        rows=rows,
        errors=errors,
        assumed=rules.assumed + (_ASSUMED,) * is_assumed,
    )


def _elasticity(settings: Settings, given: float | None) -> tuple[float, bool]:
    """Return how sales follow targets, and whether nobody has said it."""
    written = settings.other.get("stress", {}).get("elasticity", given)
    chosen = written if given is None else given
    return float(1.0 if chosen is None else chosen), written is None


def _check(workers: int, elasticity: float, most: float, step: float, chance: float) -> None:
    if workers < 1:
        raise InputError("--workers is at least 1")
    if not 0 <= elasticity <= _STEEPEST:
        raise InputError(f"elasticity {elasticity:g}: sales cannot fall where targets rise; write "
                         "0 (sales do not follow), 1 (they follow in full) or between")  # fmt: skip
    if not (0 <= most <= _FARTHEST and 0 < step < np.inf):
        raise InputError(f"--most lies between 0 and {_FARTHEST:g}, --step is above 0")
    if most / step > _MOST_ROWS:
        raise InputError(f"--step {step:g} makes more than {_MOST_ROWS} rows; name a larger one")
    if not 0 < chance < 1:
        raise InputError("--chance lies between 0 and 1, as 0.8")


def _trials(number: int) -> int:
    return max(2, -(-number // REPLICATES))


def _goal_and_street(folder: Path, parts: Parts) -> tuple[float, float]:
    record = read_record(folder)
    own = record.get("measures", {}).get(parts.payees.scenario.settings.measure, record)
    goal, street = float(own["goal"]), float(parts.payees.target.sum())
    if goal <= 0 or street <= 0:
        raise InputError("the run has no goal, or nobody has a target: nothing is over-assigned")
    return goal, street


def _rows(
    parts: Parts,
    share: float,
    elasticity: float,
    chance: float,
    workers: int,
    steps: Sequence[float],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the frontier, and their errors.

    Parameters
    ----------
    share : float
        Goal / street.
    """
    street = float(parts.payees.target.sum())
    sales = company_sales(scaled_world(parts, 1.0, elasticity), _trials(parts.rules.trials))
    asked = {*steps, round(1 / share - 1, _DIGITS)}
    least = least_over_assignment(sales / (street * share), share, elasticity, chance)
    if least is not None:
        asked.add(least)
    rows, errors = [], []
    for amount in sorted(asked):
        factor = (1 + amount) * share
        made = sales * factor**elasticity >= street * share
        found = _row(parts, factor, elasticity, made, workers)
        rows.append([amount, *(one.value for one in found)])
        errors.append([amount, *(one.standard_error for one in found)])
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(errors, columns=COLUMNS)


def _row(
    parts: Parts, factor: float, elasticity: float, made: Floats, workers: int
) -> tuple[Figure, ...]:
    model = CostModel(scaled_world(parts, factor, elasticity), workers)
    costs = model.costs()
    cost = mean(costs)
    return (
        mean(made.astype(float)),
        cost,
        quantile(costs, QUANTILES["p90"]),
        model.share_of_sales(cost),
        Figure(model.sales(), 0.0),
    )


def least_over_assignment(
    sales: Floats, share: float, elasticity: float, chance: float
) -> float | None:
    """Return the least over-assignment that has a chance of the goal, to four decimals, upward.

    Parameters
    ----------
    sales : floats
        Of each trial at today's targets, as a share of the goal.
    share : float
        Goal / street.
    elasticity : float
    chance : float

    Returns
    -------
    float or None
        None where sales do not follow targets, or not nearly enough.
    """
    if elasticity == 0:
        return None
    ordered = np.sort(sales.ravel())[::-1]
    edge = float(ordered[int(np.ceil(chance * len(ordered))) - 1])
    if edge <= 0:
        return None
    exponent = -np.log(edge) / elasticity - np.log(share)
    if exponent > np.log(1 + _FARTHEST):
        return None
    unit = 10.0**-_DIGITS
    return round(float(np.ceil((np.exp(exponent) - 1) / unit) * unit), _DIGITS)
