"""The recipe of stress: a run and its rules of pay become a distribution of cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.incentives.plan import IncentivePlan
from optimizer.incentives.read import FILE, read_incentives
from optimizer.inputs.load import load_scenarios
from optimizer.pay.actuals import metrics_of
from optimizer.pay.history import PaidPeriod, read_previous
from optimizer.results.run_folder import read_record
from optimizer.results.stored_table import read_stored_table
from optimizer.stress.calibration import Calibration, calibrate, past_attainments
from optimizer.stress.cost import CostModel
from optimizer.stress.curve_table import cliffs, payout_curves
from optimizer.stress.gaming import SHIFT, gaming_gain
from optimizer.stress.measures import Figure, cost_figures, overrun, reserve, steps
from optimizer.stress.payees import Payees, read_payees
from optimizer.stress.pools import COMPANY
from optimizer.stress.rules import StressRules, read_rules, rules_name, with_trials
from optimizer.stress.world import World, build_world

_DIGITS = 4
"""In which the mean cost is shown at least."""


class Parts(NamedTuple):
    """What a world is built from, as `build_world` takes it."""

    payees: Payees
    incentives: IncentivePlan
    rules: StressRules
    goals: dict[str, pd.Series]
    past: pd.Series | None
    earlier: tuple[PaidPeriod, ...] = ()


@dataclass(frozen=True)
class Stress:
    """What incentive pay of a run may cost.

    Attributes
    ----------
    name, unit : str
        Of the scenario; money of pay.
    incentive : str
        Name of the file of the rules of pay.
    world : World
    methods : mapping of str to str
        Plan or pool → how its cost was found.
    costs : (set, trial) floats
        Cost of each trial.
    figures : mapping of str to Figure
        mean, sd, quantiles, cvar95.
    by : DataFrame
        ``stress_by.csv``; `by_errors` its standard errors.
    curves : DataFrame
        ``payout_curve.csv``.
    shocks : DataFrame
        name, probability, and with the shock: mean, p50, p95, cvar95, change; ``…_error`` of each.
    other : mapping of str to plain data
        The other figures of ``stress.json``.
    calibration : Calibration or None
    """

    name: str
    unit: str
    incentive: str
    folder: Path
    world: World
    methods: Mapping[str, str]
    costs: Any
    figures: Mapping[str, Figure]
    by: pd.DataFrame
    by_errors: pd.DataFrame
    curves: pd.DataFrame
    shocks: pd.DataFrame
    other: Mapping[str, Any]
    calibration: Calibration | None = None

    @property
    def budget(self) -> float | None:
        """The budget in pay units."""
        given = self.world.rules.budget
        return None if given is None else given * self.world.payees.per_unit

    def shown(self, amount: float, *, sign: bool = False) -> str:
        """Return an amount of pay as text, the mean in four digits at least."""
        whole = len(f"{self.figures['mean'].value:.0f}")
        return f"{amount:{'+' if sign else ''},.{max(0, _DIGITS - whole)}f}"

    def as_dict(self) -> dict[str, Any]:
        """Return ``stress.json``."""
        found: dict[str, Any] = {
            "trials": int(self.costs.size),
            "seed": self.world.rules.seed,
            "unit": self.unit,
            "measure": self.world.payees.scenario.settings.measure,
            "incentive": self.incentive,
            "method": dict(self.methods),
            "cost": {name: one.as_dict() for name, one in self.figures.items()},
            "budget": self.budget,
            **self.other,
            "by_shock": {
                row["name"]: {
                    key: None if pd.isna(value) else value
                    for key, value in row.items()
                    if key != "name"
                }
                for row in self.shocks.to_dict("records")
            },
            "cliffs": cliffs(self.curves).to_dict("records"),
            "assumptions": list(self.world.rules.assumed),
        }
        if self.calibration is not None:
            found["calibration"] = self.calibration.as_dict()
        return found


def stress_run(
    run: Path | str,
    *,
    incentive: Path | str | None = None,
    measure: str | None = None,
    previous: Sequence[Path | str] = (),
    trials: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    propose_spread: bool = False,
) -> Stress:
    """Return the distribution of the incentive cost of a run, over all its periods.

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
    propose_spread : bool
        Estimate mean, cv and correlation of attainments from history.

    Raises
    ------
    InputError
        Where the run, the rules or the arguments are wrong.
    """
    if workers < 1:
        raise InputError("--workers is at least 1")
    world = read_world(run, incentive, measure, previous)
    rules = with_trials(world.rules, trials, seed)
    found = calibrate(world.payees.scenario) if propose_spread else None
    return _stressed(Path(run), rules_name(incentive), replace(world, rules=rules), workers, found)


def read_world(
    run: Path | str,
    incentive: Path | str | None = None,
    measure: str | None = None,
    previous: Sequence[Path | str] = (),
) -> World:
    """Read who is paid by which rules, and how attainments come about.

    Parameters
    ----------
    run, incentive, measure, previous
        As `stress_run` has them.

    Raises
    ------
    InputError
        Where the run or the rules are wrong.
    """
    return build_world(*read_parts(run, incentive, measure, previous))


def read_parts(
    run: Path | str,
    incentive: Path | str | None = None,
    measure: str | None = None,
    previous: Sequence[Path | str] = (),
) -> Parts:
    """Read what a world is built from.

    Parameters
    ----------
    run, incentive, measure, previous
        As `stress_run` has them.

    Raises
    ------
    InputError
        Where the run or the rules are wrong.
    """
    folder = Path(run)
    scenario, incentives = _read(folder, None if incentive is None else Path(incentive), measure)
    payees = read_payees(folder, scenario)
    rules, past = read_rules(scenario.settings), past_attainments(scenario)
    earlier = read_previous([Path(one) for one in previous], metrics_of(incentives))
    return Parts(payees, incentives, rules, _goals(folder, scenario, payees), past, earlier)


def _stressed(
    folder: Path, incentive: str, world: World, workers: int, found: Calibration | None
) -> Stress:
    model = CostModel(world, workers)
    costs = model.costs()
    settings = world.payees.scenario.settings
    budget = None if world.rules.budget is None else world.rules.budget * world.payees.per_unit
    gain = gaming_gain(world)
    figures = cost_figures(costs)
    mean = figures["mean"]
    by, errors = model.by_group(mean)
    other = {
        "cost_at_target": model.cost_at(1.0),
        "cost_at_mean_attainment": model.cost_at(world.laws.means()),
        "sales": model.sales(),
        "overrun_probability": None if budget is None else overrun(costs, budget).as_dict(),
        "reserve": reserve(costs).as_dict(),
        "steps": steps(costs, figures),
        "ccos": model.share_of_sales(mean).as_dict(),
        "variance": {name: one.as_dict() for name, one in model.variance().items()},
        "quota_error_cost": model.quota_error().as_dict(),
        "gaming": None if gain is None else {"shift": SHIFT, **gain.as_dict()},
    }
    return Stress(
        name=settings.name,
        unit=settings.pay_unit,
        incentive=incentive,
        folder=folder,
        world=world,
        methods=model.methods,
        costs=costs,
        figures=figures,
        by=by,
        by_errors=errors,
        curves=payout_curves(world),
        shocks=model.by_shock(mean),
        other=other,
        calibration=found,
    )


def _read(
    folder: Path, incentive: Path | None, measure: str | None
) -> tuple[Scenario, IncentivePlan]:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such run folder; name one that 'plan' wrote")
    if "goal" not in read_record(folder):
        raise InputError(f"{folder}: this is no run of 'plan'; name a folder that 'plan' wrote")
    loaded = load_scenarios(folder / "scenario")
    named = {one.settings.measure: one for one in loaded.scenarios}
    if measure is not None and measure not in named:
        raise InputError(f"{folder} has no measure {measure}. {meant(measure, list(named))}")
    scenario = named[measure] if measure else loaded.scenarios[0]
    source = incentive if incentive is not None else loaded.beside.get(FILE)
    if source is None:
        raise InputError(
            f"the run has no {FILE}; name one with --incentive, or put it beside scenario.toml "
            "and plan again"
        )
    return scenario, read_incentives(source, scenario)


def _goals(folder: Path, scenario: Scenario, payees: Payees) -> dict[str, pd.Series]:
    """Return region → region target + gap, by period."""
    labels = ("period", "region", "team", "product")
    table = read_stored_table(folder, "rollup", labels, ("target", "gap"))
    if "measure" in table:
        table = table[table["measure"].astype(str) == scenario.settings.measure]
    for column in ("team", "product"):
        table = table[table[column].astype(str) == COMPANY]
    goal = pd.Series((table["target"] + table["gap"]).to_numpy(), table["region"].astype(str))
    period = table["period"].astype(str).to_numpy()
    return {name: goal[period == name] for name in payees.periods}
