"""A command that cannot do its work says so early, and leaves everything as it was."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pulp
import pytest
from click.testing import CliRunner, Result
from worlds import ROOT

from cli import main
from optimizer.batch.batch import batch_run, named
from optimizer.bundled import copy_example
from optimizer.errors import ContradictionError, InputError
from optimizer.model import joint
from optimizer.planning import scenario_plan
from optimizer.results.claim import LONGEST_NAME, claimed, draft_prefix
from optimizer.results.run_folder import command_folder
from optimizer.workbook.template import write_example

EXAMPLE = ROOT / "scenarios" / "company-a"
GAP = 3
"""Of the example, which has one."""
LEFT = ".quotaplan-a1b2c3d4"


def quotaplan(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


# ------------------------------------------------------------ said before the work


def test_a_name_that_leaves_no_room_for_another_is_refused_at_once(tmp_path: Path) -> None:
    """Beside a folder stands for a while one of its name and 28 letters more."""
    fits, longer = "n" * LONGEST_NAME, "n" * (LONGEST_NAME + 1)
    assert quotaplan("plan", EXAMPLE, "--out", tmp_path / fits).exit_code == GAP
    refused = quotaplan("plan", EXAMPLE, "--out", tmp_path / longer)
    assert refused.exit_code == 2
    assert "the name is longer than 200 bytes" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == [fits]


def test_bytes_of_a_name_are_counted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="longer than 200 bytes"), claimed(tmp_path / ("额" * 67)):
        pass
    with claimed(tmp_path / ("额" * 66)):
        pass


def test_where_a_disk_is_mounted_nothing_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.path.ismount", lambda path: path == tmp_path)
    with pytest.raises(InputError, match="a disk is mounted there"), claimed(tmp_path):
        pass
    with claimed(tmp_path / "inside"):
        pass


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EACCES, r"cannot be written \(Permission denied\)"),
        (errno.ENAMETOOLONG, r"cannot be written \(File name too long\)"),
        (errno.ELOOP, "the link leads nowhere"),
    ],
)
def test_what_the_system_says_of_a_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    def refuse(path: Path) -> Path:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "resolve", refuse)
    with pytest.raises(InputError, match=told), claimed(tmp_path / "run"):
        pass


@pytest.mark.parametrize("name", ["a\nb", "a\r\x1b[2Jb", "a\u2028b"])
def test_no_scenario_is_called_what_looks_like_more_lines(tmp_path: Path, name: str) -> None:
    copy_example("company-a", tmp_path / name, force=False)
    with pytest.raises(InputError, match="its name holds a line break") as caught:
        named([tmp_path])
    assert name not in str(caught.value)
    with pytest.raises(InputError, match="line break"):
        batch_run([tmp_path / name], tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


# ------------------------------------------------------------ nothing beside the work


def test_a_command_that_fails_leaves_no_folders_above(tmp_path: Path) -> None:
    refused = quotaplan("plan", ROOT / "scenarios" / "contradiction", "--out", tmp_path / "a/b/run")
    assert refused.exit_code == 4
    assert names(tmp_path) == []


def test_folders_above_that_others_use_stay(tmp_path: Path) -> None:
    with claimed(tmp_path / "a" / "b" / "run"):
        (tmp_path / "a" / "notes.txt").touch()
    assert names(tmp_path) == ["a", "notes.txt"]


@pytest.mark.parametrize("write", [copy_example, write_example])
def test_an_example_goes_where_a_killed_one_left_its_draft(tmp_path: Path, write: Any) -> None:
    (tmp_path / LEFT).mkdir()
    write("company-a", tmp_path, force=False)
    assert LEFT in names(tmp_path)
    assert len(names(tmp_path)) > 1
    with pytest.raises(InputError, match="not empty"):
        write("company-a", tmp_path, force=False)


@pytest.mark.parametrize("write", [copy_example, write_example])
@pytest.mark.parametrize("name", [".quotaplan", "quotaplan-a1b2c3d4", ".git"])
def test_other_things_in_a_folder_are_something(tmp_path: Path, write: Any, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="not empty"):
        write("company-a", tmp_path, force=False)


def test_a_file_of_the_name_of_a_draft_is_something(tmp_path: Path) -> None:
    (tmp_path / LEFT).touch()
    with pytest.raises(InputError, match="not empty"):
        copy_example("company-a", tmp_path, force=False)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not bind who runs this")
def test_what_is_read_only_is_cleared_away_too(tmp_path: Path) -> None:
    for _ in range(2):
        with command_folder(tmp_path / "run", "pace", [], {}, force=False) as draft:
            (draft / "inner").mkdir()
            (draft / "inner" / "table.csv").touch()
        (tmp_path / "run" / "inner").chmod(0o500)
    (tmp_path / "run" / "inner").chmod(0o700)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_read_only_leftovers_are_opened_before_they_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / f"{draft_prefix(tmp_path / 'run')}{'0' * 16}"
    (left / "inner").mkdir(parents=True)
    (left / "inner").chmod(0o500)
    seen: list[int] = []
    monkeypatch.setattr(
        "shutil.rmtree", lambda path, **_: seen.append((path / "inner").stat().st_mode & 0o777)
    )
    with claimed(tmp_path / "run"):
        assert seen == [0o700]


# ------------------------------------------------------------ exports


def test_an_export_that_fails_spares_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = tmp_path / "model.lp"
    words = ("plan", EXAMPLE, "--out", tmp_path / "run", "--export", export)
    assert quotaplan(*words).exit_code == GAP
    before = export.read_bytes()

    def full(_problem: object, path: str) -> None:
        Path(path).write_text("half of it", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pulp.LpProblem, "writeLP", full)
    failed = quotaplan(*words)
    assert failed.exit_code == 2
    assert "cannot be written (No space left on device)" in failed.stderr
    assert export.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.lp", "run"]


@pytest.mark.parametrize("inside", ["model.lp", "deeper/model.mps", "../run/model.lp"])
def test_an_export_into_the_run_is_refused_at_once(tmp_path: Path, inside: str) -> None:
    run = tmp_path / "run"
    (run / "deeper").mkdir(parents=True)
    refused = quotaplan("plan", EXAMPLE, "--out", run, "--export", run / inside, "--force")
    assert refused.exit_code == 2
    assert "that lies in --out" in refused.stderr
    assert names(run) == ["deeper"]


def test_a_private_export_is_private_whoever_could_read_the_one_before(tmp_path: Path) -> None:
    export = tmp_path / "model.lp"
    words = ("plan", EXAMPLE, "--out", tmp_path / "run", "--export", export)
    assert quotaplan(*words).exit_code == GAP
    export.chmod(0o644)
    assert quotaplan(*words, "--private").exit_code == GAP
    assert export.stat().st_mode & 0o777 == (0o666 if os.name == "nt" else 0o600)


def test_an_export_that_was_asked_for_is_never_left_out_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the joint model finds no plan and the pooled one does, there is nothing to export."""

    def nothing(*_: object, **__: object) -> None:
        raise ContradictionError(())

    monkeypatch.setattr(joint, "solve_joint", nothing)
    words = ("plan", EXAMPLE, "--out", tmp_path / "run", "--method", "joint")
    refused = quotaplan(*words, "--export", tmp_path / "model.lp")
    assert refused.exit_code == 1
    assert "model.lp was not written: try another solver, or plan without" in refused.stderr
    assert names(tmp_path) == []
    assert quotaplan(*words).exit_code == GAP
    assert scenario_plan.Way().export is None


# ------------------------------------------------------------ words


def test_debug_of_a_file_that_cannot_be_read_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(tmp_path / "disk.csv"))

    monkeypatch.setattr("optimizer.inputs.load.load_scenarios", broken)
    told = quotaplan("check", EXAMPLE, "--debug")
    assert told.exit_code == 2
    assert "Traceback" in told.stderr
    assert f"{tmp_path / 'disk.csv'}: Input/output error; name another path" in told.stderr
    assert "standard output" not in told.stderr


def test_an_interrupt_of_a_command_that_writes_does_not_say_that_nothing_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("optimizer.schema.schema.schema_of", stopped)
    told = quotaplan("schema", "--out", tmp_path / "schemas")
    assert told.exit_code == 130
    assert told.stderr == "Interrupted; all was written, or nothing.\n"
    monkeypatch.setattr("optimizer.inputs.load.load_scenarios", stopped)
    assert quotaplan("check", EXAMPLE).stderr == "Interrupted; nothing was written.\n"
