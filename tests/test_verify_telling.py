"""The tables that tell why are held against inputs, targets and limits, each by its own rules."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from verify_damages import Case
from verify_runs import refresh, write_world
from verify_telling_damages import ADVICE, CASES

from optimizer.pipeline import plan
from optimizer.verify.check_advice import check_advice
from optimizer.verify.check_telling import telling_checks
from optimizer.verify.facts import Facts, read_facts
from optimizer.verify.failures import Failure
from optimizer.verify.files import read_toml
from optimizer.verify.layout import LIMITS, ROLLUP, TARGETS, read_table
from optimizer.verify.telling import read_telling
from optimizer.verify.terms import read_terms
from optimizer.verify.verify import verify_run
from optimizer.verify.written import Plan, lay_out

ALWAYS = ("explain.csv", "explain_regions.csv", ADVICE, "off_reference.csv", "fairness.csv")


@dataclass(frozen=True)
class Sound:
    """A run with a gap, locks, commits, roles and limits of many kinds, and what it is held to."""

    run: Path
    facts: Facts
    plan: Plan
    limits: pd.DataFrame

    def failures(self, run: Path) -> list[Failure]:
        """Return what the tables that tell why are blamed for in a damaged copy."""
        tables = read_telling(run, ["amount"])
        found = [one for table in tables.values() for one in table.failures]
        for _, check in telling_checks(self.facts, self.plan, self.limits, tables, "gap"):
            found += check()
        return found


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    folder = tmp_path_factory.mktemp("why")
    run = folder / "run"
    plan(write_world(folder / "scenario", "why"), run)
    (terms,) = read_terms(read_toml(run / "scenario/scenario.toml"))
    facts, _ = read_facts(run, terms)
    targets, rollup, limits = (
        read_table(run, layout, ["amount"]).frame for layout in (TARGETS, ROLLUP, LIMITS)
    )
    assert targets is not None and rollup is not None and limits is not None
    written, _ = lay_out(facts, targets, rollup, "targets.csv")
    return Sound(run, facts, written, limits)


def damaged(sound: Sound, folder: Path, case: Case) -> Path:
    """Return a damaged copy whose hashes fit."""
    run = Path(shutil.copytree(sound.run, folder / "run"))
    case.damage(run)
    refresh(run)
    return run


def said(failures: tuple[Failure, ...] | list[Failure]) -> str:
    return "\n".join(failure.text for failure in failures)


def test_the_sound_run_has_all_tables_and_no_failure(sound: Sound) -> None:
    assert not sound.failures(sound.run)
    assert all((sound.run / file).exists() for file in (*ALWAYS, "locks.csv", "commits.csv"))


def test_no_damage_has_the_name_of_another() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damage_is_found_and_only_its_file_is_blamed(
    sound: Sound, tmp_path: Path, case: Case
) -> None:
    failures = sound.failures(damaged(sound, tmp_path, case))
    assert any(case.words in one.text for one in failures), said(failures)
    assert {one.file for one in failures} == {case.blamed}, said(failures)


@pytest.mark.parametrize(
    "case", {case.blamed: case for case in CASES}.values(), ids=lambda case: case.blamed
)
def test_the_whole_verification_blames_nothing_else(
    sound: Sound, tmp_path: Path, case: Case
) -> None:
    failures = verify_run(damaged(sound, tmp_path, case)).failures
    assert any(case.words in one.text for one in failures), said(failures)
    assert {one.file for one in failures} == {case.blamed}, said(failures)


@pytest.mark.parametrize("file", ALWAYS)
def test_a_table_that_every_run_has_is_missed(sound: Sound, tmp_path: Path, file: str) -> None:
    run = Path(shutil.copytree(sound.run, tmp_path / "run"))
    (run / file).unlink()
    assert f"{file}: is missing" in said(sound.failures(run))


@pytest.mark.parametrize("file", ["locks.csv", "commits.csv"])
def test_a_table_that_has_rows_to_tell_is_missed(sound: Sound, tmp_path: Path, file: str) -> None:
    run = Path(shutil.copytree(sound.run, tmp_path / "run"))
    (run / file).unlink()
    failures = sound.failures(run)
    assert {one.file for one in failures} == {file}
    assert all("is missing" in one.text for one in failures)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a,b\n1\n", b"[]"])
@pytest.mark.parametrize("file", ["explain.csv", ADVICE, "locks.csv"])
def test_rubbish_is_told_in_words(sound: Sound, tmp_path: Path, file: str, content: bytes) -> None:
    run = Path(shutil.copytree(sound.run, tmp_path / "run"))
    (run / file).write_bytes(content)
    failures = sound.failures(run)
    assert any(one.file == file for one in failures), said(failures)


def test_a_complete_plan_needs_no_advice(sound: Sound) -> None:
    frame = read_telling(sound.run, ["amount"])["advice"].frame
    assert frame is not None
    failures = list(check_advice(sound.facts, sound.plan, "complete", frame, ADVICE))
    assert len(failures) == len(frame) > 0
    assert all("there is no gap to close" in one.text for one in failures)


def test_a_lever_that_the_scenario_forbids_is_no_advice(sound: Sound) -> None:
    frame = read_telling(sound.run, ["amount"])["advice"].frame
    assert frame is not None
    facts = replace(sound.facts, terms=replace(sound.facts.terms, never=("share",)))
    failures = list(check_advice(facts, sound.plan, "gap", frame, ADVICE))
    assert len(failures) == (frame["lever"] == "share").sum() > 0
    assert "the scenario forbids the lever" in failures[0].text
