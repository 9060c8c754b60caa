"""Where commands print, and how they end when they are told to: from outside, as a scheduler."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import highspy
import pytest
from click.testing import CliRunner
from worlds import ROOT

from cli import main
from optimizer.solve.quiet import QuietHighs
from optimizer.terminal.program import show_error
from optimizer.terminal.signals import ending_as_interrupts
from optimizer.terminal.streams import harmless, harmless_json

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and streams of POSIX systems")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
EXAMPLE = ROOT / "scenarios" / "company-a"


def shell(*words: object, end: str) -> subprocess.CompletedProcess[str]:
    """Run a command line with an ending of the shell, such as a redirection."""
    command = shlex.join([sys.executable, str(ROOT / "cli.py"), *map(str, words)])
    return subprocess.run(
        ["sh", "-c", f"{command} {end}"], capture_output=True, text=True, check=False
    )


@POSIX
@pytest.mark.parametrize("end", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_plan_is_made_without_the_streams(tmp_path: Path, end: str) -> None:
    done = shell("plan", EXAMPLE, "--out", tmp_path / "run", end=end)
    assert done.returncode == 3, done.stderr
    assert (tmp_path / "run" / "run.json").exists()
    assert "defect" not in done.stderr


@POSIX
@FULL
@pytest.mark.parametrize("words", [("--help",), ("init", "--list"), ("check", EXAMPLE, "--json")])
def test_output_that_cannot_be_written_is_told(words: tuple[object, ...]) -> None:
    done = shell(*words, end="> /dev/full")
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last == "standard output: No space left on device; send it to another place"
    assert "Traceback" not in done.stderr


@POSIX
@FULL
def test_messages_that_cannot_be_written_change_nothing() -> None:
    done = shell("check", EXAMPLE, end="2> /dev/full")
    assert done.returncode == 0
    assert "in order" in done.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b]0;title\x07b", r"a\x1b]0;title\x07b"),
        ("a\x9b2Jb\rc", r"a\x9b2Jb\x0dc"),
        ("a\u202eb\u2066c\u2028d", r"a\u202eb\u2066c\u2028d"),
        ("王芳\t李雷\nO’Brien क्‍ष 👩‍🌾", "王芳\t李雷\nO’Brien क्‍ष 👩‍🌾"),
    ],
)
def test_commands_to_a_terminal_are_shown_not_obeyed(text: str, shown: str) -> None:
    assert harmless(text) == shown
    assert json.loads(harmless_json(json.dumps(text, ensure_ascii=False))) == text
    assert harmless(harmless_json(text)) == harmless_json(text)


def test_the_name_of_a_folder_commands_no_terminal(tmp_path: Path) -> None:
    hostile = tmp_path / "no\x1b]0;x\x07thing"
    for words in (["check", str(hostile)], ["check", str(hostile), "--json"]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2
        assert "\x1b" not in done.output
        assert r"\x1b" in done.output
    done = CliRunner().invoke(main, ["explain", EXAMPLE.as_posix(), "--rep", "a\x1b[2Jb"])
    assert "\x1b" not in done.output


def test_no_memory_is_no_defect(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_error(MemoryError("Unable to allocate 745. GiB"), as_json=True) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["exit_code"] == 2
    assert said.err.startswith("There is not enough memory for this: Unable to allocate 745. GiB.")


@POSIX
@pytest.mark.parametrize(
    ("number", "code"),
    [(getattr(signal, "SIGTERM", 15), 143), (getattr(signal, "SIGKILL", 9), -9)],
)
def test_a_batch_that_is_ended_leaves_no_process(tmp_path: Path, number: int, code: int) -> None:
    """The signal comes to the command alone, not to its workers."""
    for place in range(8):
        shutil.copytree(ROOT / "scenarios" / "annual", tmp_path / f"s{place}")
    scenarios = sorted(map(str, tmp_path.iterdir()))
    command = [sys.executable, str(ROOT / "cli.py"), "batch", *scenarios]
    out = tmp_path / "out"
    process = subprocess.Popen(
        [*command, "--out", str(out), "--workers", "2"], start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    waited(lambda: any(out.glob(".s*.quotaplan-*")) or any(out.glob("s*/run.json")))
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == code
    waited(lambda: not in_session(process.pid))
    if code > 0:
        assert err.strip().splitlines()[-1].startswith("Interrupted; what is finished is whole in")
        assert not list(out.glob(".*quotaplan-*"))


@POSIX
def test_a_closing_terminal_is_an_interrupt() -> None:
    hangup = signal.SIGHUP
    before = signal.signal(hangup, signal.SIG_DFL)
    try:
        with pytest.raises(KeyboardInterrupt), ending_as_interrupts() as came:
            os.kill(os.getpid(), hangup)
            time.sleep(5)
        assert came == [hangup]
        assert signal.getsignal(hangup) is signal.SIG_DFL
    finally:
        signal.signal(hangup, before)


@POSIX
def test_a_hangup_that_somebody_ignores_on_purpose_stays_ignored() -> None:
    hangup = signal.SIGHUP
    before = signal.signal(hangup, signal.SIG_IGN)
    try:
        with ending_as_interrupts() as came:
            os.kill(os.getpid(), hangup)
        assert came == []
        assert signal.getsignal(hangup) is signal.SIG_IGN
    finally:
        signal.signal(hangup, before)


def test_more_trials_than_anybody_needs_are_sent_back() -> None:
    for command in ("stress", "tune", "frontier", "pace"):
        done = CliRunner().invoke(main, [command, "run", "--trials", "1" + 20 * "0"])
        assert done.exit_code == 2
        assert "x<=100000000" in done.output


def waited(done: Callable[[], bool]) -> None:
    """Wait until something is so, and fail where it never is."""
    until = time.monotonic() + 90
    while not done():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def in_session(leader: int) -> bool:
    """Return whether processes of a session live."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


@POSIX
@pytest.mark.parametrize("method", ["pooled", "joint"])
def test_no_solver_says_its_name_on_our_output(tmp_path: Path, method: str) -> None:
    """HiGHS prints its version from 1.16 on where nobody tells it not to in time."""
    done = shell("plan", EXAMPLE, "--out", tmp_path / "run", "--method", method, "--json", end="")
    assert json.loads(done.stdout)["exit_code"] == done.returncode
    assert "HiGHS" not in done.stderr


def test_a_solver_is_silent_before_its_callbacks_are_made_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bool] = []

    def ready(self: highspy.Highs) -> None:
        seen.append(self.getOptionValue("output_flag")[1])

    monkeypatch.setattr(highspy.Highs, "enableCallbacks", ready, raising=False)
    QuietHighs().enableCallbacks()
    assert seen
    assert not any(seen)
