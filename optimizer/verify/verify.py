"""The independent check of a run folder: every rule worked out again from files alone.

Nothing here is shared with the code that makes plans. The scenario's copy in the run folder
says what must hold, the tables say what was planned, and every check is a function that
yields the faults it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from optimizer.errors import DefectError
from optimizer.verify import (
    check_backing,
    check_equals,
    check_fairness,
    check_files,
    check_gaps,
    check_levels,
    check_limits,
    check_people,
    check_recalibration,
    check_record,
    check_reference,
    check_slack,
    check_summary,
    check_sums,
    proof,
)
from optimizer.verify.check_telling import telling_checks
from optimizer.verify.facts import Facts, read_facts
from optimizer.verify.failures import Failure, Verification, fault, shorten
from optimizer.verify.files import UnreadableError, read_json, read_toml
from optimizer.verify.layout import LAYOUTS, Written, read_table
from optimizer.verify.telling import read_telling
from optimizer.verify.terms import Terms, read_terms
from optimizer.verify.written import Plan, lay_out

SETTINGS = "scenario/scenario.toml"
Faults = Callable[[], Iterator[Failure]]
Read = TypeVar("Read")


def verify_run(run: Path | str) -> Verification:
    """Check a run folder afresh.

    Parameters
    ----------
    run : path
        A folder that ``plan`` wrote.

    Returns
    -------
    Verification
        All faults in words; damaged files are faults too, never exceptions.
    """
    log = _Log()
    folder = Path(run)
    if not folder.is_dir():
        log.add(fault("files", str(run), "", "is no folder"))
        return log.outcome()
    content = log.read(lambda: read_json(folder / "run.json"), "run.json")
    if content is not None:
        log.check("run.json", lambda: check_files.check_hashes(folder, content))
    terms = log.read(lambda: read_terms(read_toml(folder / SETTINGS)), SETTINGS)
    if content is not None and content.get("command") == check_recalibration.COMMAND:
        _check_recalibration(folder, content, terms, log)
        return log.outcome()
    log.check("run.json", lambda: check_files.check_present(folder))
    if terms is not None:
        _check_measures(folder, content, terms, log)
    return log.outcome()


def verify_draft(run: Path, what: str) -> Verification:
    """Check a run folder before it is moved to its place.

    Parameters
    ----------
    run : Path
        The folder, whole but for the note of its verification in ``run.json``.
    what : str
        What it holds, for the message: ``plan``, ``recalibration``.

    Raises
    ------
    DefectError
        Where a check fails, with the first 20 faults.
    """
    verification = verify_run(run)
    if verification.failures:
        raise DefectError(
            f"The {what} did not pass its own verification and was not written:\n"
            + "\n".join(f"- {failure.text}" for failure in verification.failures[:20])
        )
    return verification


def _check_recalibration(
    folder: Path, content: Mapping[str, Any], terms: Sequence[Terms] | None, log: _Log
) -> None:
    if terms is None:
        return
    log.check("run.json", lambda: check_record.check_verification(content))
    checks = log.read(
        lambda: list(check_recalibration.recalibration_checks(folder, content, terms)),
        "run.json",
    )
    for file, check in checks or ():
        log.check(file, check)


class _Log:
    """Faults found so far and the number of checks made."""

    def __init__(self) -> None:
        self.checks = 0
        self.failures: list[Failure] = []

    def add(self, *failures: Failure) -> None:
        for failure in failures:
            if failure not in self.failures:
                self.failures.append(failure)

    def read(self, reader: Callable[[], Read], file: str) -> Read | None:
        self.checks += 1
        try:
            return reader()
        except UnreadableError as error:
            self.add(fault("files", file, "", str(error)))
        return None

    def check(self, file: str, faults: Faults) -> None:
        """Make one check; damage that it cannot get past is a fault in words, too."""
        self.checks += 1
        try:
            self.add(*shorten(faults()))
        except Exception as error:
            self.add(fault("files", file, "", "is too damaged to be checked", found=error))

    def outcome(self) -> Verification:
        return Verification(max(self.checks, 1), tuple(self.failures))


class _Tables:
    """The tables of a run folder, all measures together, and what is not a table."""

    def __init__(
        self,
        written: Mapping[str, Written],
        telling: Mapping[str, Written],
        fairness: Mapping[str, Any] | None,
        last: str,
    ) -> None:
        self._written = dict(written)
        self.telling = telling
        self.fairness = fairness
        self._last = last

    def file(self, stem: str) -> str:
        """Return the name of a table's file."""
        return self._written[stem].file

    def take(self, stem: str, measure: str) -> pd.DataFrame | None:
        """Return the rows of one measure; with the last one a table is let go."""
        written = self._written[stem]
        if measure == self._last:
            self._written[stem] = replace(written, frame=None)
        return written.of_measure(measure)


def _read_run(folder: Path, terms: Sequence[Terms], log: _Log) -> _Tables:
    measures = [one.measure for one in terms]
    written = {layout.stem: read_table(folder, layout, measures) for layout in LAYOUTS}
    telling = read_telling(folder, measures)
    for table in (*written.values(), *telling.values()):
        log.checks += 1
        log.add(*table.failures)
    fairness = None
    if (folder / "fairness.json").is_file():
        fairness = log.read(lambda: read_json(folder / "fairness.json"), "fairness.json")
    return _Tables(written, telling, fairness, measures[-1])


def _check_measures(
    folder: Path, content: Mapping[str, Any] | None, terms: Sequence[Terms], log: _Log
) -> None:
    tables = _read_run(folder, terms, log)
    if content is not None:
        log.check("run.json", lambda: check_record.check_record(content, terms))
        log.check("run.json", lambda: check_summary.check_measures(content, terms))
        log.check("run.json", lambda: check_summary.check_top(content, terms))
    for one in terms:
        found = log.read(partial(_facts, folder, one), SETTINGS)
        if found is None:
            continue
        facts, failures = found
        log.add(*shorten(failures))
        _check_measure(facts, tables, content, log, several=len(terms) > 1)


def _facts(folder: Path, terms: Terms) -> tuple[Facts, tuple[Failure, ...]]:
    try:
        return read_facts(folder, terms)
    except (ValueError, KeyError, IndexError, ArithmeticError) as error:
        raise UnreadableError(f"and its tables do not make a scenario: {error}") from error


def _check_measure(
    facts: Facts, tables: _Tables, content: Mapping[str, Any] | None, log: _Log, *, several: bool
) -> None:
    measure = facts.terms.measure
    targets, rollup = tables.take("targets", measure), tables.take("rollup", measure)
    if targets is None or rollup is None:
        return
    plan, failures = lay_out(facts, targets, rollup, tables.file("targets"))
    del targets, rollup
    log.add(*failures)
    for file, check in RULES:
        log.check(file or plan.targets_file, partial(check, facts, plan))
    gaps = tables.take("gaps", measure)
    if gaps is not None:
        log.check("gaps.csv", partial(check_gaps.check_gaps, facts, plan, gaps))
        log.check("gaps.csv", partial(check_gaps.check_causes, facts, gaps))
    summary = check_summary.summary_of(content or {}, measure, several=several)
    limits = tables.take("limits", measure)
    if limits is not None:
        log.check("limits.csv", partial(check_slack.check_slack, facts, plan, limits))
    if tables.fairness is not None:
        figures = check_summary.fairness_of(tables.fairness, measure, several=several)
        log.check("fairness.json", partial(check_fairness.check_fairness, facts, plan, figures))
    if limits is not None:
        telling = telling_checks(facts, plan, limits, tables.telling, summary.get("status"))
        del limits
        for file, rule in telling:
            log.check(file, rule)
    if content is None:
        return
    block = partial(check_summary.block_of, content, summary)
    log.check("run.json", partial(check_summary.check_figures, facts, plan, gaps, summary))
    log.check(
        "run.json", partial(check_levels.check_stretch_gap, facts, plan, summary, block("stretch"))
    )
    prices = tables.take("prices", measure)
    if prices is not None:
        log.check(
            "prices.csv", partial(proof.check_proof, facts, plan, prices, summary, block("proof"))
        )


RULES: tuple[tuple[str, Callable[[Facts, Plan], Iterator[Failure]]], ...] = (
    ("", check_sums.check_rows),
    ("", check_sums.check_homes),
    ("", check_sums.check_whole),
    ("rollup.csv", check_sums.check_rollup),
    ("rollup.csv", check_sums.check_gap_column),
    ("rollup.csv", check_sums.check_ask),
    ("rollup.csv", check_sums.check_teams),
    ("rollup.csv", check_sums.check_street),
    ("rollup.csv", check_backing.check_backing),
    ("rollup.csv", check_limits.check_markets),
    ("rollup.csv", check_limits.check_closed),
    ("", check_limits.check_reps),
    ("", check_people.check_effort),
    ("", check_people.check_years),
    ("", check_limits.check_locks),
    ("rollup.csv", check_limits.check_bands),
    ("", check_levels.check_order),
    ("", check_levels.check_floor),
    ("", check_levels.check_stretch),
    ("", check_equals.check_equals),
    ("", check_equals.check_order),
    ("rollup.csv", check_reference.check_reference_ask),
    ("", check_reference.check_reference_targets),
)
"""The rules of a plan, each with the file it mostly speaks of (blank = the targets)."""
