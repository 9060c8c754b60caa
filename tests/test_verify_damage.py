"""The verifier finds every kind of damage to a run folder, and none in a sound one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from verify_damages import CASES, RUN, Case
from verify_runs import WORLDS, edit_json, refresh, write_world

from optimizer.pipeline import plan
from optimizer.verify.failures import LISTED, Failure
from optimizer.verify.verify import verify_run

FILES = (
    "run.json", "targets.csv", "rollup.csv", "gaps.csv", "limits.csv", "prices.csv",
    "fairness.json", "scenario/scenario.toml", "scenario/people.csv", "scenario/regions.csv",
)  # fmt: skip


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run of each world."""
    folder = tmp_path_factory.mktemp("sound")
    for name in WORLDS:
        plan(write_world(folder / "scenario" / name, name), folder / name)
    return folder


@pytest.fixture
def copy_of(sound: Path, tmp_path: Path) -> Callable[[str], Path]:
    """What copies the run of a world, to be damaged."""
    return lambda name: Path(shutil.copytree(sound / name, tmp_path / name))


def said(failures: tuple[Failure, ...]) -> str:
    return "\n".join(failure.text for failure in failures)


@pytest.mark.parametrize("name", WORLDS)
def test_sound_run_has_no_failure(sound: Path, name: str) -> None:
    outcome = verify_run(sound / name)
    assert outcome.ok, said(outcome.failures)
    assert outcome.checks > 30


def test_there_are_many_kinds_of_damage() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 24


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damage_is_found_by_its_rule(copy_of: Callable[[str], Path], case: Case) -> None:
    run = copy_of(case.world)
    case.damage(run)
    refresh(run)
    failures = verify_run(run).failures
    found = [one for one in failures if one.file == case.blamed and case.words in one.text]
    assert found, said(failures)
    assert not any("changed after the run" in one.text for one in failures)
    assert all(one.text.startswith(one.file) for one in failures)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.changed != RUN], ids=lambda case: case.name
)
def test_damage_is_found_by_its_hash(copy_of: Callable[[str], Path], case: Case) -> None:
    run = copy_of(case.world)
    case.damage(run)
    failures = verify_run(run).failures
    found = [one for one in failures if "changed after the run" in one.text]
    assert [one.file for one in found] == [case.changed]
    stale = case.changed.startswith("scenario/")
    assert ("stale" in found[0].text) == stale
    assert any(one.file == case.blamed and case.words in one.text for one in failures)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("hashed", [True, False], ids=["hashes", "refreshed"])
def test_missing_file(copy_of: Callable[[str], Path], file: str, hashed: bool) -> None:
    run = copy_of("people")
    (run / file).unlink()
    if not hashed and file != RUN:
        refresh(run)
    failures = verify_run(run).failures
    if not hashed and file.startswith("scenario/") and file.endswith(".csv"):
        assert failures  # the scenario is another one without the table
    else:
        assert any(one.file == file and "is missing" in one.text for one in failures)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"a,b\n1\n", b"[]", b'"', b"{}"])
def test_rubbish_is_a_failure_in_words(
    copy_of: Callable[[str], Path], file: str, content: bytes
) -> None:
    run = copy_of("people")
    (run / file).write_bytes(content)
    failures = verify_run(run).failures
    assert any(one.file == file for one in failures), said(failures)
    assert "Traceback" not in said(failures)


def test_not_a_folder(tmp_path: Path) -> None:
    assert "is no folder" in said(verify_run(tmp_path / "nothing").failures)


def test_empty_folder(tmp_path: Path) -> None:
    failures = verify_run(tmp_path).failures
    assert {"run.json", "scenario/scenario.toml"} <= {one.file for one in failures}


def test_file_outside_the_run_is_not_opened(copy_of: Callable[[str], Path]) -> None:
    run = copy_of("people")
    edit_json(run, RUN, lambda content: content["outputs"].update({"../secret": "0"}))
    assert "outside the run folder" in said(verify_run(run).failures)


def test_table_planted_after_the_run(copy_of: Callable[[str], Path]) -> None:
    run = copy_of("people")
    (run / "scenario/metrics.csv").write_text("period,rep,metric,value\n", encoding="utf-8")
    failures = verify_run(run).failures
    assert [one.file for one in failures] == ["scenario/metrics.csv"]


def test_results_of_later_commands_are_left_alone(copy_of: Callable[[str], Path]) -> None:
    run = copy_of("people")
    (run / "pace").mkdir()
    (run / "pace/pacing.csv").write_text("period\n", encoding="utf-8")
    (run / "report.html").write_text("<html></html>", encoding="utf-8")
    assert verify_run(run).ok


def test_many_faults_of_a_kind_are_counted(copy_of: Callable[[str], Path]) -> None:
    run = copy_of("people")
    text = (run / "targets.csv").read_text(encoding="utf-8").replace("2024Q", "2042Q")
    (run / "targets.csv").write_text(text, encoding="utf-8")
    failures = verify_run(run).failures
    assert sum("unknown label" in one.text for one in failures) == LISTED
    assert "more faults of this kind" in said(failures)


def test_parquet_targets(sound: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    plan(sound / "scenario/people", run, table_format="parquet")
    assert verify_run(run).ok
    (run / "targets.parquet").write_bytes(b"PAR1")
    refresh(run)
    assert "targets.parquet: cannot be read" in said(verify_run(run).failures)
