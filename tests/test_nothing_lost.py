"""What other people put beside a run, into it or in place of its files is never lost."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner
from worlds import ROOT

from cli import main
from optimizer.batch.batch import named
from optimizer.batch.table import write_batch
from optimizer.bundled import copy_example
from optimizer.errors import InputError
from optimizer.pipeline import plan
from optimizer.results.claim import claimed, draft_prefix
from optimizer.results.place import undisturbed
from optimizer.results.run_folder import (
    appearing_whole,
    check_out,
    command_folder,
    digests,
    read_record,
    write_json,
)
from optimizer.results.stored_table import read_stored
from optimizer.terminal.signals import ending_as_interrupts
from optimizer.verify.files import UnreadableError, read_columns, read_json
from optimizer.verify.verify import verify_run
from optimizer.workbook.book import open_book

EXAMPLE = ROOT / "scenarios" / "company-a"
POSIX = pytest.mark.skipif(os.name == "nt", reason="links, pipes and rights of POSIX systems")
DIGITS = "0123456789abcdef"


def written(folder: Path, text: str = "new") -> Path:
    """Write a run of one table, with its record."""
    with command_folder(folder, "pace", [], {}, force=False) as draft:
        (draft / "table.csv").write_text(text, encoding="utf-8")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ------------------------------------------------------------ in the run


@pytest.mark.parametrize("first", [True, False])
def test_what_arrives_while_a_command_writes_is_kept(tmp_path: Path, first: bool) -> None:
    out = tmp_path / "run"
    if first:
        written(out, "old")
    with (
        pytest.raises(InputError, match=r"more than the earlier run|holds no earlier"),
        command_folder(out, "pace", [], {}, force=False) as draft,
    ):
        (draft / "table.csv").write_text("new", encoding="utf-8")
        out.mkdir(exist_ok=True)
        (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (out / "table.csv").exists() is first
    assert names(tmp_path) == ["run"]


def test_what_arrives_while_a_plan_is_made_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "run"
    plan(EXAMPLE, out)
    before = digests(out)

    def interfere(stage: str) -> None:
        if stage == "verify":
            (out / "pay").mkdir()
            (out / "pay" / "payouts.csv").write_text("1", encoding="utf-8")

    with pytest.raises(InputError, match="pay/"):
        plan(EXAMPLE, out, progress=interfere)
    assert digests(out) == before | {"pay/payouts.csv": digests(out)["pay/payouts.csv"]}
    assert plan(EXAMPLE, out, force=True).exit_code == 3
    assert digests(out) == before


def test_edits_are_named_and_kept(tmp_path: Path) -> None:
    out = written(tmp_path / "run")
    written(out)
    (out / "table.csv").write_text("my answers", encoding="utf-8")
    with pytest.raises(InputError, match=r"table\.csv \(changed since\)\. .*--force"):
        written(out)
    assert (out / "table.csv").read_text(encoding="utf-8") == "my answers"
    check_out(out, "pace", force=True)
    (out / "table.csv").unlink()
    written(out)
    assert (out / "table.csv").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize(
    ("change", "is_kept"),
    [
        (lambda told: told | {"note": "mine"}, True),
        (lambda told: {key: told[key] for key in told if key != "outputs"}, True),
        (lambda told: told | {"seconds": {"read": 9.0}}, False),
        (lambda told: dict(sorted(told.items())), False),
        (lambda told: {key: told[key] for key in told if key != "digest"}, False),
    ],
)
def test_an_edited_record_is_named_and_kept(
    tmp_path: Path, change: Callable[[dict[str, object]], dict[str, object]], is_kept: bool
) -> None:
    out = written(tmp_path / "run")
    record = out / "run.json"
    record.write_text(json.dumps(change(json.loads(record.read_text()))), encoding="utf-8")
    if not is_kept:
        written(out, "newer")
        assert (out / "table.csv").read_text(encoding="utf-8") == "newer"
        return
    with pytest.raises(InputError, match=r"run\.json \(changed since\)"):
        written(out, "newer")
    check_out(out, "pace", force=True)


@POSIX
def test_names_of_folders_need_not_be_text(tmp_path: Path) -> None:
    odd, scenario = tmp_path / os.fsdecode(b"odd\xff"), tmp_path / os.fsdecode(b"plan\xff")
    copytree(EXAMPLE, scenario)
    try:
        plan(scenario, odd)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    plan(scenario, odd)
    plan(scenario, tmp_path / "run")
    run = CliRunner().invoke
    for words in (
        ("compare", odd, tmp_path / "run", "--out", tmp_path / "side"),
        ("report", tmp_path / "run", "--compare", odd, "--charts", "none", "--out", tmp_path / "r"),
        ("batch", scenario, "--out", tmp_path / "batch"),
    ):
        done = run(main, [os.fspath(word) for word in words])
        assert done.exit_code in (0, 3), done.output
    assert "odd" in (tmp_path / "side" / "totals.csv").read_text(encoding="utf-8")
    assert "plan" in (tmp_path / "batch" / "batch.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ['"\\ud800"', '"x\\udfff"'])
def test_half_characters_in_a_record_are_refused(tmp_path: Path, text: str) -> None:
    plan(EXAMPLE, tmp_path / "run")
    copytree(tmp_path / "run", tmp_path / "odd")
    record = tmp_path / "odd" / "run.json"
    told = json.loads(record.read_text(encoding="utf-8"))
    for key in ("name", "unit"):
        broken = json.dumps(told | {key: "HERE"}).replace('"HERE"', text)
        record.write_text(broken, encoding="utf-8")
        for words in (("compare", "odd", "run"), ("report", "odd"), ("propose", "odd")):
            names = [tmp_path / word if word in ("odd", "run") else word for word in words]
            done = CliRunner().invoke(main, [os.fspath(name) for name in names])
            assert done.exit_code == 2, done.output
            assert "defect" not in done.output


def test_what_others_wrote_into_a_run_is_harmless_in_a_comparison(tmp_path: Path) -> None:
    plan(EXAMPLE, tmp_path / "run")
    copytree(tmp_path / "run", tmp_path / "odd")
    record = tmp_path / "odd" / "run.json"
    told = json.loads(record.read_text(encoding="utf-8"))
    odd = {"name": "x;=cmd|calc!A1\u001b[31m\nE", "unit": "E;=1+1\t=2"}
    record.write_text(json.dumps(told | odd), encoding="utf-8")
    for path in sorted((tmp_path / "odd").glob("*.csv")):
        text = path.read_text(encoding="utf-8").replace("S5", "S5;=cmd|'/c calc'!A1")
        path.write_text(text, encoding="utf-8")
    side = ["--out", os.fspath(tmp_path / "side")]
    done = CliRunner().invoke(
        main, ["compare", str(tmp_path / "run"), str(tmp_path / "odd"), *side]
    )
    assert done.exit_code == 0, done.output
    everything = "".join(
        path.read_text(encoding="utf-8") for path in sorted((tmp_path / "side").glob("*.csv"))
    )
    assert "calc" in everything
    assert "\x1b" not in everything
    assert not re.search(r'[;\t\n][\s"]*=', everything)


def test_a_table_of_others_has_no_end_of_columns(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(",".join(f"x_{number}" for number in range(2_001)) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="it has 2,001 columns"):
        read_stored(table)


def test_a_record_cannot_lay_claim_to_other_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    write_json({"command": "pace", "outputs": {"thesis.txt": "0"}}, tmp_path / "run.json")
    with pytest.raises(InputError, match=r"thesis\.txt \(changed since\)"):
        check_out(tmp_path, "pace", force=False)


@pytest.mark.parametrize("force", [True, False])
def test_no_folder_is_replaced_with_who_works_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool
) -> None:
    (tmp_path / "project" / "plans").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project" / "plans")
    for out in (Path(), Path(".."), tmp_path):
        with pytest.raises(InputError, match="the folder you stand in"):
            check_out(out, "plan", force=force)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home" / "me")
    for out in (tmp_path / "home" / "me", tmp_path / "home"):
        with pytest.raises(InputError, match="your home folder"):
            check_out(out, "plan", force=force)
    check_out(tmp_path / "home" / "me" / "run", "plan", force=force)


def test_the_root_is_refused_in_words() -> None:
    with (
        pytest.raises(InputError, match="everything there is"),
        claimed(Path(Path().anchor or "/")),
    ):
        pytest.fail("it was claimed")


# ------------------------------------------------------------ beside the run


def test_hidden_things_beside_a_run_stay(tmp_path: Path) -> None:
    run = tmp_path / "run"
    lock = tmp_path / ".run.lock"
    lock.write_text("mine", encoding="utf-8")
    own = [
        tmp_path / f"{draft_prefix(run)}{name}"
        for name in ("notes", "thesis12", f"b.quotaplan-{DIGITS}", f"{DIGITS}0", DIGITS.upper())
    ]
    for path in own:
        path.mkdir()
        (path / "thesis").touch()
    left = tmp_path / f"{draft_prefix(run)}{DIGITS}"
    left.mkdir()
    with claimed(run):
        assert not left.exists()
    assert lock.read_text(encoding="utf-8") == "mine"
    assert all((path / "thesis").exists() for path in own)


@POSIX
def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".run.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="cannot be written"), claimed(tmp_path / "run"):
        pytest.fail("it was claimed")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_file_that_is_replaced_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_one_step: bool
) -> None:
    if not in_one_step:
        monkeypatch.setattr("optimizer.results.place._exchanged", lambda one, other: False)
    out = tmp_path / "run"
    out.write_text("a file", encoding="utf-8")
    out.chmod(0o644)
    (tmp_path / "fresh").mkdir()
    with command_folder(out, "pace", [], {}, force=True) as draft:
        assert stat.S_IMODE(draft.stat().st_mode) == 0o700
    assert out.stat().st_mode == (tmp_path / "fresh").stat().st_mode
    assert names(tmp_path) == ["fresh", "run"]


@POSIX
@pytest.mark.parametrize("is_kept", [True, False])
def test_who_is_not_of_the_group_of_a_run_is_not_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    out, other = written(tmp_path / "run"), 54_321
    try:
        os.chown(out, -1, other)
    except OSError:
        pytest.skip("only root gives a folder to another group")
    out.chmod(0o750)
    if not is_kept:

        def refuse(*_: object) -> None:
            raise PermissionError(1, "not yours")

        monkeypatch.setattr(os, "chown", refuse)
    written(out, "newer")
    assert (out / "table.csv").read_text(encoding="utf-8") == "newer"
    assert stat.S_IMODE(out.stat().st_mode) == (0o750 if is_kept else 0o700)
    assert (out.stat().st_gid == other) == is_kept


@POSIX
@pytest.mark.parametrize("may_read", [True, False])
def test_a_lock_that_somebody_else_left_is_taken_or_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_read: bool
) -> None:
    """Tried with an open that refuses to write, as rights do not stop root."""
    lock, usual = tmp_path / ".run.lock", os.open
    lock.touch()

    def refusing(path: Path, flags: int, *rest: int) -> int:
        if Path(path) == lock and (flags & os.O_RDWR or not may_read):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return usual(path, flags, *rest)

    monkeypatch.setattr(os, "open", refusing)
    if may_read:
        written(tmp_path / "run")
        assert names(tmp_path) == ["run"]
        return
    with pytest.raises(InputError, match=r"\.run\.lock is somebody else's .* delete it"):
        written(tmp_path / "run")


@POSIX
@pytest.mark.parametrize("ignored", [True, False])
def test_a_request_to_end_waits_until_the_folder_is_whole(tmp_path: Path, ignored: bool) -> None:
    before = signal.getsignal(signal.SIGINT)
    if ignored:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    done = []
    try:
        with ending_as_interrupts() as came:
            with pytest.raises(KeyboardInterrupt) as stop, undisturbed("it is whole"):
                os.kill(os.getpid(), signal.SIGTERM)
                done.append(True)
            assert came == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGINT, before)
    assert (done, stop.value.args) == ([True], ("it is whole",))


# ------------------------------------------------------------ batches


@POSIX
def test_the_table_of_a_batch_follows_no_link(tmp_path: Path) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "batch"
    victim.write_text("mine", encoding="utf-8")
    folder.mkdir()
    for name in (".batch.csv-draft", ".batch.json-draft", "batch.csv"):
        (folder / name).symlink_to(victim)
    write_batch([], folder)
    assert victim.read_text(encoding="utf-8") == "mine"
    assert names(folder) == ["batch.csv", "batch.json"]
    assert not (folder / "batch.csv").is_symlink()


def test_a_table_that_cannot_be_written_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "batch.csv").mkdir()
    with pytest.raises(InputError, match=r"batch\.csv cannot be written"):
        write_batch([], tmp_path)
    assert names(tmp_path) == ["batch.csv", "batch.json"]


@pytest.mark.parametrize("name", ["batch.csv", "batch.json"])
def test_no_scenario_is_called_as_the_table_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="the batch's own file"):
        named([tmp_path / name])


# ------------------------------------------------------------ pipes


@contextmanager
def in_time() -> Iterator[None]:
    """End what waits for ever."""

    def stop(_number: int, _frame: object) -> None:
        pytest.fail("it waits for the pipe")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@POSIX
def test_no_reader_waits_for_a_pipe(tmp_path: Path) -> None:
    for name in ("run.json", "targets.csv", "targets.parquet"):
        os.mkfifo(tmp_path / name)
    with in_time():
        assert read_record(tmp_path) == {}
        for name in ("targets.csv", "targets.parquet"):
            with pytest.raises(OSError, match="a pipe or a device"):
                read_stored(tmp_path / name)
            with pytest.raises(UnreadableError, match="a pipe or a device"):
                read_columns(tmp_path / name)
        with pytest.raises(UnreadableError, match="a pipe or a device"):
            read_json(tmp_path / "run.json")
        with pytest.raises(InputError, match="holds no earlier"):
            check_out(tmp_path, "plan", force=False)


@POSIX
def test_a_pipe_in_a_run_is_a_failure_or_an_error_in_words(tmp_path: Path) -> None:
    out = tmp_path / "run"
    plan(EXAMPLE, out)
    for name in ("targets.csv", "fairness.json", "scenario/scenario.toml"):
        path = out / name
        held = path.read_bytes()
        path.unlink()
        os.mkfifo(path)
        with in_time():
            assert any(name in failure.text for failure in verify_run(out).failures)
            with pytest.raises(InputError, match=r"\(changed since\)"):
                check_out(out, "plan", force=False)
            for command in (["explain", str(out)], ["compare", str(out), str(out)]):
                told = CliRunner().invoke(main, command)
                assert told.exit_code in (0, 2), (command, told.output)
        path.unlink()
        path.write_bytes(held)


# ------------------------------------------------------------ full disks


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond a kilobyte."""
    resource = pytest.importorskip("resource", reason="limits of POSIX systems")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@POSIX
@pytest.mark.parametrize("command", [("init", "{}"), ("schema", "--out", "{}")])
def test_a_full_disk_leaves_no_half_of_an_example(tmp_path: Path, command: tuple[str, ...]) -> None:
    folder = tmp_path / "deep" / "mine"
    words = [word.format(folder) for word in command]
    with full_disk():
        told = CliRunner().invoke(main, words)
    assert told.exit_code == 2
    assert f"{folder}: cannot be written (File too large)" in told.stderr
    assert names(tmp_path) == []
    assert CliRunner().invoke(main, words).exit_code == 0


@POSIX
def test_a_full_disk_spares_the_files_of_the_same_names(tmp_path: Path) -> None:
    copy_example("annual", tmp_path, force=False)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    before = digests(tmp_path)
    with full_disk(), pytest.raises(InputError, match="File too large"):
        copy_example("annual", tmp_path, force=True)
    assert digests(tmp_path) == before
    copy_example("annual", tmp_path, force=True)
    assert digests(tmp_path) == before


def test_no_room_for_a_workbook_names_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def write(draft: Path) -> None:
        with open_book(draft / "plan.xlsx", "en", "plan") as book:
            book.sheet("guide")

    out = tmp_path / "run"
    with (
        pytest.raises(InputError, match=r"run: cannot be written \(No space left on device\)"),
        appearing_whole(out) as draft,
        monkeypatch.context() as patch,
    ):
        patch.setattr(Path, "write_bytes", full)
        write(draft)
    assert names(tmp_path) == []
    (tmp_path / "plan.xlsx").mkdir()
    with pytest.raises(InputError, match=r"plan\.xlsx: the workbook cannot be written"):
        write(tmp_path)


@POSIX
def test_an_example_can_be_private(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["init", str(tmp_path / "mine"), "--private", "--json"])
    assert told.exit_code == 0
    for path in (tmp_path / "mine", *(tmp_path / "mine").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert json.loads(told.stdout)["files"]
