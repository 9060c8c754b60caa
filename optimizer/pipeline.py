"""The recipe: a scenario becomes a verified plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from optimizer.domain.formats import check_format
from optimizer.errors import InputError
from optimizer.inputs.load import Loaded, load_scenarios, write_copy
from optimizer.planning.measure import MeasurePlan, MeasureReport
from optimizer.planning.record import run_record, write_tables
from optimizer.planning.scenario_plan import METHODS, Clock, Way, plan_scenario
from optimizer.results.claim import claimed
from optimizer.results.run_folder import (
    appearing_whole,
    check_inputs_safe,
    check_out,
    digests,
    write_record,
)
from optimizer.together import may_replace
from optimizer.verify.failures import Verification
from optimizer.verify.verify import verify_draft

_EXPORTED = b"quotaplan_joint"
"""Name of the model near the beginning of an export."""


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
        The main measure first; empty where they were not held.
    reports : tuple of MeasureReport
        What a terminal shows of them.
    out : Path or None
        The run folder, where one was asked for.
    run : dict
        The content of ``run.json``.
    verification : Verification
    """

    status: str
    exit_code: int
    measures: tuple[MeasurePlan, ...]
    reports: tuple[MeasureReport, ...]
    out: Path | None
    run: dict[str, Any]
    verification: Verification

    @property
    def main(self) -> MeasurePlan:
        """The main measure's plan."""
        return self.measures[0]


def plan(
    scenario: Path | str,
    out: Path | str | None = None,
    *,
    method: str | None = None,
    solver: str | None = None,
    export: Path | str | None = None,
    keep_personal: bool = False,
    force: bool = False,
    table_format: str = "auto",
    locks: Path | str | None = None,
    xlsx: bool = False,
    lang: str = "en",
    allow_outside: bool = False,
    hold: bool = True,
    progress: Callable[[str], None] | None = None,
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
        ``decomposed``, ``pooled`` or ``joint``; the quickest that reaches if left out. Where
        ``decomposed`` does not reach, ``pooled`` takes over.
    solver : str, optional
        A solver that PuLP offers, for the joint model.
    export : path, optional
        Where to write the joint model, as ``.lp`` or ``.mps``.
    keep_personal : bool
        Keep the ``email`` column in the run's copy of the scenario.
    force : bool
        Replace `out` whatever it holds, and `export` whatever it is.
    table_format : str
        ``csv`` or ``parquet`` for all tables; ``auto`` writes tables of more than 200,000
        rows as Parquet and the others as CSV.
    locks : path, optional
        An edited ``plan.xlsx``: its edits and filled-in locks are added to those of the scenario.
    xlsx : bool
        Write ``plan.xlsx`` into the run folder too.
    lang : str
        Of its headings: ``en`` or ``zh``.
    allow_outside : bool
        Read what the scenario names outside the folder that holds it, too.
    hold : bool
        Hold the plan in memory while its folder is verified and after, as `measures`; for
        a million reps that takes 3 GB.
    progress : function of a text, optional
        Called with the name of each stage that begins, as under ``seconds`` in ``run.json``.

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
    check_format(table_format)
    check = partial(_check_out, folder, force)
    with claimed(folder):
        check()
        clock = Clock() if progress is None else Clock(tell=progress)
        loaded = clock.time("read", lambda: _load(scenario, locks, folder, allow_outside))
        ways = [Way(method, solver, path) for path in _export_paths(export, loaded, folder, force)]
        measures = tuple(map(partial(plan_scenario, clock=clock), loaded.scenarios, ways))
        run = run_record(loaded.notes, measures, clock.seconds)
        with appearing_whole(folder, check) as draft:
            write = partial(_write, draft, run, keep_personal, table_format, lang if xlsx else "")
            run["outputs"] = clock.time("write", partial(write, loaded, measures))
            reports = tuple(one.report for one in measures)
            held = measures if hold else ()
            del loaded, measures
            verification = clock.time("verify", lambda: _verified(run, draft))
            run["digest"] = write_record(run, draft)
    exit_code = 3 if run["status"] == "gap" else 0
    return PlanResult(run["status"], exit_code, held, reports, folder, run, verification)


def _check_out(out: Path | None, force: bool) -> None:
    if out is not None:
        check_out(out, "plan", force=force)


def _verified(run: dict[str, Any], draft: Path) -> Verification:
    """Verify a run folder that is whole but for its record, and note it there."""
    write_record(run, draft)
    verification = verify_draft(draft, "plan")
    run["verification"] = {"checks": verification.checks, "failed": 0}
    return verification


def _load(
    scenario: Path | str, locks: Path | str | None, out: Path | None, allow_outside: bool
) -> Loaded:
    """Read a scenario, with the locks of a workbook where there is one."""
    loaded = load_scenarios(scenario, allow_outside=allow_outside)
    if locks is not None:
        from optimizer.workbook.locked import with_locks

        loaded = with_locks(loaded, Path(locks))
    if out is not None:
        check_inputs_safe(out, _input_files(Path(scenario), loaded))
    return loaded


def _write(
    draft: Path,
    run: dict[str, Any],
    keep_personal: bool,
    table_format: str,
    workbook: str,
    loaded: Loaded,
    measures: tuple[MeasurePlan, ...],
) -> dict[str, str]:
    """Write all files of a run but its record; return their digests.

    `workbook` is the language of ``plan.xlsx``, blank for none.
    """
    write_tables(draft, measures, table_format)
    copy = draft / "scenario"
    write_copy(loaded, copy, keep_personal=keep_personal, table_format=table_format)
    if workbook:
        from optimizer.workbook.write import NAME, write_plan_workbook

        write_record(run, draft)
        write_plan_workbook(draft, draft / NAME, workbook)
    return digests(draft)


def _input_files(scenario: Path, loaded: Loaded) -> list[Path]:
    home = scenario if scenario.is_dir() else scenario.parent
    names = {name for one in loaded.scenarios for name in one.digests}
    return [scenario, *(home / name for name in sorted(names))]


def _choose_method(method: str | None, solver: str | None, export: Path | str | None) -> str:
    chosen = method or ("joint" if solver or export else "")
    if chosen and chosen not in METHODS:
        raise InputError(f"--method {chosen}: choose one of {', '.join(METHODS)}")
    if chosen != "joint" and (solver or export):
        raise InputError("--solver and --export go with --method joint; leave one of them out")
    return chosen


def _export_paths(
    export: Path | str | None, loaded: Loaded, out: Path | None, force: bool
) -> Iterator[Path | None]:
    """Yield the file of each measure's model, and none where there is no export."""
    for one in loaded.scenarios:
        if export is None:
            yield None
            continue
        path = Path(export)
        if not path.parent.is_dir():
            raise InputError(f"--export {path}: there is no folder {path.parent}; make it first")
        if out is not None and path.resolve().is_relative_to(out.resolve()):
            raise InputError(f"--export {path}: that lies in --out {out}; name another place")
        if len(loaded.scenarios) > 1:
            path = path.with_name(f"{path.stem}-{one.settings.measure}{path.suffix}")
        if not force and not may_replace(path, _EXPORTED):
            raise InputError(
                f"--export {path}: a file of that name exists that is no exported model; name "
                "another one, or use --force to replace it"
            )
        yield path
