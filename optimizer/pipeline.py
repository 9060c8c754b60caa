"""The recipe: a scenario becomes a verified plan."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from optimizer.domain.scenario import Scenario
from optimizer.errors import ContradictionError, DefectError, InputError
from optimizer.inputs.load import Loaded, load_scenarios, write_copy
from optimizer.model.allocation import Allocation
from optimizer.model.contradiction import check_limits
from optimizer.model.listing import gather_prices
from optimizer.model.pooled import least_gap, solve_pooled
from optimizer.model.rules import read_rules
from optimizer.problem.build import build_instance, stretch_instance
from optimizer.problem.instance import Instance
from optimizer.results.commits import commits_table
from optimizer.results.fairness import fairness_report
from optimizer.results.gaps import gaps_table
from optimizer.results.limits import limits_table
from optimizer.results.measure import MeasurePlan
from optimizer.results.record import run_record, write_tables
from optimizer.results.rounding import WholePlan, round_plan
from optimizer.results.run_folder import (
    appearing_whole,
    check_inputs_safe,
    check_out,
    digests,
    write_json,
)
from optimizer.results.tables import prices_table, rollup_table, summary, targets_table
from optimizer.verify.failures import Verification
from optimizer.verify.verify import verify_run

METHODS = ("pooled", "joint")
FORMATS = ("csv", "parquet")

Result = TypeVar("Result")


@dataclass(frozen=True)
class PlanResult:
    """A finished plan.

    Attributes
    ----------
    status : str
        ``complete`` or ``gap``.
    exit_code : int
        0, or 3 where a gap is left.
    measures : tuple of MeasurePlan
        The main measure first.
    out : Path or None
        The run folder, where one was asked for.
    run : dict
        The content of ``run.json``.
    verification : Verification
    """

    status: str
    exit_code: int
    measures: tuple[MeasurePlan, ...]
    out: Path | None
    run: dict[str, Any]
    verification: Verification

    @property
    def main(self) -> MeasurePlan:
        """The main measure's plan."""
        return self.measures[0]


@dataclass
class _Clock:
    seconds: dict[str, float]

    def time(self, stage: str, work: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        result = work()
        spent = time.perf_counter() - started
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + spent, 4)
        return result


def plan(
    scenario: Path | str,
    out: Path | str | None = None,
    *,
    method: str | None = None,
    solver: str | None = None,
    export: Path | str | None = None,
    keep_personal: bool = False,
    force: bool = False,
    table_format: str = "csv",
) -> PlanResult:
    """Plan a scenario: read, check, allocate, round, verify and, with `out`, write.

    Parameters
    ----------
    scenario : path
        Scenario folder, ``scenario.toml`` or workbook.
    out : path, optional
        Run folder to write; it appears whole or not at all. Without it the plan is still
        written to a temporary folder and verified from there.
    method : str, optional
        ``pooled`` (the default) or ``joint``.
    solver : str, optional
        A solver that PuLP offers, for the joint model.
    export : path, optional
        Where to write the joint model, as ``.lp`` or ``.mps``.
    keep_personal : bool
        Keep the ``email`` column in the run's copy of the scenario.
    force : bool
        Replace `out` whatever it holds.
    table_format : str
        ``csv`` or ``parquet``, for ``targets``.

    Raises
    ------
    InputError
        Where inputs or arguments are wrong; all findings at once.
    ContradictionError
        Where no plan keeps all limits, with the changes that would help.
    DefectError
        Where the plan does not pass its verification; nothing is written.
    """
    folder = None if out is None else Path(out)
    method = _choose_method(method, solver, export)
    _check_format(table_format)
    if folder is not None:
        check_out(folder, "plan", force=force)
    clock = _Clock({})
    loaded = clock.time("read", lambda: load_scenarios(scenario))
    if folder is not None:
        check_inputs_safe(folder, _input_files(Path(scenario), loaded))
    measures = tuple(
        _plan_measure(one, clock, method, solver, _export_path(export, one, loaded))
        for one in loaded.scenarios
    )
    run = run_record(loaded.notes, measures, method, clock.seconds)
    with appearing_whole(folder) as draft:
        clock.time("write", lambda: write_tables(draft, measures, table_format))
        write_copy(loaded, draft / "scenario", keep_personal=keep_personal)
        run["outputs"] = digests(draft)
        write_json(run, draft / "run.json")
        verification = clock.time("verify", lambda: verify_run(draft))
        if verification.failures:
            raise DefectError(
                "The plan did not pass its own verification and was not written:\n"
                + "\n".join(f"- {failure.text}" for failure in verification.failures[:20])
            )
        run["verification"] = {"checks": verification.checks, "failed": 0}
        write_json(run, draft / "run.json")
    exit_code = 3 if run["status"] == "gap" else 0
    return PlanResult(run["status"], exit_code, measures, folder, run, verification)


def _input_files(scenario: Path, loaded: Loaded) -> list[Path]:
    home = scenario if scenario.is_dir() else scenario.parent
    names = {name for one in loaded.scenarios for name in one.digests}
    return [scenario, *(home / name for name in sorted(names))]


def _check_format(table_format: str) -> None:
    if table_format not in FORMATS:
        raise InputError(f"--format {table_format}: choose one of {', '.join(FORMATS)}")
    if table_format == "parquet" and find_spec("pyarrow") is None:
        raise InputError(
            '--format parquet needs pyarrow: pip install "quotaplan[parquet]", or use csv'
        )


def _choose_method(method: str | None, solver: str | None, export: Path | str | None) -> str:
    chosen = method or ("joint" if solver or export else "pooled")
    if chosen not in METHODS:
        raise InputError(f"--method {chosen}: choose one of {', '.join(METHODS)}")
    if chosen == "pooled" and (solver or export):
        raise InputError("--solver and --export go with --method joint; leave one of them out")
    return chosen


def _export_path(export: Path | str | None, one: Scenario, loaded: Loaded) -> Path | None:
    if export is None:
        return None
    path = Path(export)
    if not path.parent.is_dir():
        raise InputError(f"--export {path}: there is no folder {path.parent}; make it first")
    if len(loaded.scenarios) == 1:
        return path
    return path.with_name(f"{path.stem}-{one.settings.measure}{path.suffix}")


def _plan_measure(
    scenario: Scenario, clock: _Clock, method: str, solver: str | None, export: Path | None
) -> MeasurePlan:
    instance = clock.time("build", lambda: build_instance(scenario))
    check_limits(instance)
    allocation = clock.time("allocate", lambda: _allocate(instance, method, solver, export))
    whole = clock.time(
        "round", lambda: round_plan(instance, allocation, stretch_instance(scenario, instance))
    )
    return clock.time("tables", lambda: _tables(scenario, instance, allocation, whole))


def _allocate(
    instance: Instance, method: str, solver: str | None, export: Path | None
) -> Allocation:
    if method == "pooled":
        return solve_pooled(instance)
    from optimizer.model.joint import solve_joint

    with suppress(ContradictionError):
        return solve_joint(instance, solver=solver or "HiGHS", export=export)
    return solve_pooled(instance)


def _tables(
    scenario: Scenario, instance: Instance, allocation: Allocation, whole: WholePlan
) -> MeasurePlan:
    rules = read_rules(instance)
    complete = _is_complete(scenario, instance, allocation, whole)
    figures = summary(instance, allocation, whole, complete=complete)
    gap, short = (
        round(float(figures[name]) / instance.unit) for name in ("gap", "over_assignment_short")
    )
    targets = targets_table(scenario, instance, whole)
    return MeasurePlan(
        scenario,
        instance,
        allocation,
        whole,
        targets,
        rollup_table(instance, whole),
        gaps_table(instance, rules, whole, gap, short, complete=complete),
        limits_table(
            instance,
            rules,
            whole,
            gather_prices(instance, allocation.prices),
            scenario.settings.buffers,
            with_gap=not complete,
        ),
        prices_table(allocation.prices),
        commits_table(scenario, targets),
        fairness_report(scenario, targets),
        figures,
    )


def _is_complete(
    scenario: Scenario, instance: Instance, allocation: Allocation, whole: WholePlan
) -> bool:
    """Return whether at most rounding keeps the plan from its goal."""
    enough = instance.goal - 1e-6 * instance.unit - 1e-9 * instance.goal
    if whole.placed.sum() * instance.unit >= enough or allocation.placed_most >= enough:
        return True
    return least_gap(build_instance(scenario, inward=False)) >= enough
