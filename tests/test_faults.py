"""What commands leave when the machine fails them: whole runs or nothing, and words."""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import ROOT
from xlsxwriter.exceptions import FileCreateError

from benchmarks import soak
from optimizer.batch.batch import batch_run
from optimizer.errors import InputError
from optimizer.page.report import write_report
from optimizer.pipeline import plan
from optimizer.results.claim import claimed
from optimizer.results.parts_folder import parts_folder
from optimizer.results.run_folder import digests
from optimizer.verify.verify import verify_run

resource = pytest.importorskip("resource", reason="signals and limits of POSIX systems")

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is read")
EXAMPLE = ROOT / "scenarios" / "company-a"
TIMES = 200 if os.environ.get("QUOTAPLAN_EXPLORE") else 4
SMALL = 1024
"""Bytes after which a file cannot grow, as on a disk that is full."""


def quotaplan(*words: object, **extra: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **extra)  # type: ignore[call-overload,no-any-return]


@pytest.mark.skipif(os.name == "nt", reason="rights of folders are others on Windows")
def test_a_folder_that_may_only_be_read_is_told() -> None:
    """Tried as a user who is not root, whom rights do not stop."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o555)
        command = [sys.executable, "-c", READ_ONLY, str(EXAMPLE), str(home / "run"), NOBODY]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stdout) == (0, ""), found.stderr
        assert found.stderr == (
            f"--out {home / 'run'}: cannot be written (Permission denied); name another folder.\n"
        )
        assert list(home.iterdir()) == []


NOBODY = "65534"
READ_ONLY = """
import os, sys
from optimizer import InputError, plan
import optimizer.pipeline
if os.geteuid() == 0:
    os.setuid(int(sys.argv[3]))
try:
    plan(sys.argv[1], sys.argv[2])
except InputError as error:
    print(error, file=sys.stderr)
"""


def test_nothing_asks_what_day_it_is() -> None:
    """Seconds are counted by clocks that never go back, and `as_of` says what today is."""
    asking = re.compile(r"time\.time\(|\.now\(|\.today\(|utcnow|localtime")
    modules = [ROOT / "cli.py", *(ROOT / "optimizer").rglob("*.py")]
    assert [one.name for one in modules if asking.search(one.read_text(encoding="utf-8"))] == []


def test_no_clock_is_relied_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that runs backwards, before the year that archives begin with, changes no byte."""
    shutil.copytree(EXAMPLE, tmp_path / "plans" / "a")
    plan(EXAMPLE, tmp_path / "usual", xlsx=True)
    for path in (tmp_path / "plans" / "a").iterdir():
        os.utime(path, (4_000_000_000, 4_000_000_000))
    clock = itertools.count(300_000_000, -3600)
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))
    usual = time.localtime
    monkeypatch.setattr(time, "localtime", lambda at=None: usual(time.time() if at is None else at))
    assert plan(EXAMPLE, tmp_path / "back", xlsx=True).exit_code == 3
    assert batch_run([tmp_path / "plans"], tmp_path / "runs").exit_code == 3
    again = batch_run([tmp_path / "plans"], tmp_path / "runs")
    assert [row.found_finished for row in again.rows] == [True]
    write_report(tmp_path / "back")
    one, other = digests(tmp_path / "usual"), digests(tmp_path / "back")
    assert {name: other[name] for name in one if name != "plan.xlsx"} == {
        name: digest for name, digest in one.items() if name != "plan.xlsx"
    }


def test_two_batches_at_once_are_told_apart(tmp_path: Path) -> None:
    with claimed(tmp_path / "runs"):
        done = quotaplan("batch", EXAMPLE, "--out", tmp_path / "runs")
    assert done.returncode == 2
    assert "another command writes there at this moment" in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", ["plan", "recalibrate", "batch", "report"])
def test_killed_at_any_moment_runs_are_whole(command: str, tmp_path: Path) -> None:
    script = [sys.executable, "tests/killing.py", command, str(tmp_path), str(TIMES), "1"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def small_files() -> None:
    """Let no file of this process grow beyond a kilobyte."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    done = quotaplan("plan", EXAMPLE, "--out", tmp_path / "run", preexec_fn=small_files)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(f"--out {tmp_path / 'run'}: cannot be written (File too large)")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_half_of_a_workbook(tmp_path: Path) -> None:
    """In a process of its own: the library leaves parts open that it could not write."""
    done = quotaplan("init", tmp_path / "mine", "--xlsx", preexec_fn=small_files)
    assert done.returncode == 2
    assert done.stderr.startswith("company-a.xlsx: there is no room to put it together")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_spares_the_earlier_run(tmp_path: Path) -> None:
    plan(EXAMPLE, tmp_path / "run")
    done = quotaplan("plan", EXAMPLE, "--out", tmp_path / "run", preexec_fn=small_files)
    assert done.returncode == 2
    assert not verify_run(tmp_path / "run").failures
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_input_that_vanishes_is_told(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "plan")
    (tmp_path / "plan" / "people.csv").unlink()
    (tmp_path / "plan" / "people.csv").symlink_to(tmp_path / "nowhere.csv")
    done = quotaplan("plan", tmp_path / "plan", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert done.stderr.startswith("people.csv: the file cannot be read (No such file")
    assert not (tmp_path / "run").exists()


def test_two_at_once_are_told_apart(tmp_path: Path) -> None:
    """One holds the folder while the other starts: the second says so, and the first is whole."""
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
    )
    with first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        done = quotaplan("plan", EXAMPLE, "--out", tmp_path / "run")
        assert done.returncode == 2
        assert "another command writes there at this moment" in done.stderr
        first.send_signal(signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


HOLD = """
import sys, time
from pathlib import Path
from optimizer.results.claim import claimed
from optimizer.results.run_folder import appearing_whole
out = Path(sys.argv[1])
try:
    with claimed(out), appearing_whole(out) as draft:
        print("held", flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    pass
"""


def test_ctrl_c_says_one_line_and_ends_with_130(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "cli.py"), "plan", str(ROOT / "scenarios" / "annual")]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "run")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    lock = tmp_path / ".run.lock"
    until = time.monotonic() + 60
    while not lock.exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.strip().splitlines()[-1] == "Interrupted; nothing was written."
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("comes", "code", "told"),
    [
        ("KeyboardInterrupt", 130, "Interrupted.\n"),
        ("ValueError('odd')", 1, "ValueError: odd\n"),
    ],
)
def test_ctrl_c_while_the_program_loads_is_one_line_too(
    tmp_path: Path, comes: str, code: int, told: str
) -> None:
    (tmp_path / "click.py").write_text(f"raise {comes}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "--help"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert done.stderr.endswith(told)
    assert ("Traceback" in done.stderr) == (code == 1)


@pytest.mark.parametrize("wrapped", [False, True])
def test_no_room_for_the_parts_of_a_workbook_is_told(wrapped: bool) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with (
        pytest.raises(InputError, match=r"plan\.xlsx: there is no room .* TMPDIR"),
        parts_folder("plan.xlsx") as folder,
    ):
        raise FileCreateError(full) if wrapped else full
    assert not folder.exists()


def test_other_faults_of_a_workbook_stay_what_they_are() -> None:
    with pytest.raises(FileNotFoundError), parts_folder("plan.xlsx"):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")


@LINUX
def test_a_batch_in_one_process_keeps_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak.main(["--smoke"]) == 0
    assert "nothing is kept" in capsys.readouterr().out


def test_what_a_batch_keeps_is_told(tmp_path: Path) -> None:
    temporary, out = tmp_path / "temporary", tmp_path / "out"
    for folder in (temporary, out):
        folder.mkdir()
    first = soak.Look(200, 180.0, 90_000, 9, 8, 0)
    assert soak.faults([first, replace(first, done=2000, memory=190.0)], temporary, out) == {}
    (temporary / "quotaplan-draft").touch()
    (out / ".run.quotaplan-draft").mkdir()
    last = soak.Look(2000, 300.0, 90_000, 10, 900, 1)
    assert soak.faults([first, last], temporary, out) == {
        "files": "9 at 200, 10 at 2000",
        "threads": "8 at 200, 900 at 2000",
        "children": "0 at 200, 1 at 2000",
        "memory": "180 MB at 200, 300 at 2000",
        "left behind": "quotaplan-draft, .run.quotaplan-draft",
    }
