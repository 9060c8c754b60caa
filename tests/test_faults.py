"""What commands leave when the machine fails them: whole runs or nothing, and words."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from worlds import ROOT

from optimizer.pipeline import plan
from optimizer.verify.verify import verify_run

resource = pytest.importorskip("resource", reason="signals and limits of POSIX systems")

EXAMPLE = ROOT / "scenarios" / "company-a"
TIMES = 200 if os.environ.get("QUOTAPLAN_EXPLORE") else 4
SMALL = 1024
"""Bytes after which a file cannot grow, as on a disk that is full."""


def quotaplan(*words: object, **extra: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "cli.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **extra)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("command", ["plan", "recalibrate", "batch"])
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
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists() or not verify_run(tmp_path / "run").failures


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
