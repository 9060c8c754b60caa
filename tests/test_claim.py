"""One command at a time writes a folder; folders change places in one step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.errors import InputError
from optimizer.results import place as placing
from optimizer.results.claim import claimed, draft_prefix
from optimizer.results.run_folder import appearing_whole

HOLD = """
import sys, time
from pathlib import Path
from optimizer.results.claim import claimed
from optimizer.results.run_folder import appearing_whole
out = Path(sys.argv[1])
with claimed(out), appearing_whole(out) as draft:
    (draft / "half").touch()
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes a folder and does not come to an end."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_second_command_says_that_the_first_is_at_work(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    with (
        pytest.raises(InputError, match="another command writes there at this moment"),
        claimed(tmp_path / "run"),
    ):
        pytest.fail("both write")
    with claimed(tmp_path / "other"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_killed_command_holds_nothing_and_its_draft_is_cleared(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert any(name.startswith(draft_prefix(tmp_path / "run")) for name in names(tmp_path))
    own = tmp_path / f"{draft_prefix(tmp_path / 'running')}0123456789abcdef"
    own.mkdir()
    with claimed(tmp_path / "run"), appearing_whole(tmp_path / "run") as draft:
        (draft / "whole").touch()
    assert names(tmp_path) == [own.name, "run"]
    assert names(tmp_path / "run") == ["whole"]


def test_nothing_is_held_without_a_folder() -> None:
    with claimed(None), claimed(None):
        pass


def test_names_are_no_patterns(tmp_path: Path) -> None:
    other = tmp_path / f"{draft_prefix(tmp_path / 'ab')}0123456789abcdef"
    other.mkdir()
    with claimed(tmp_path / "[a]b"), claimed(tmp_path / "?b"), claimed(tmp_path / "*"):
        assert other.is_dir()
    assert names(tmp_path) == [other.name]


@pytest.mark.skipif(os.name == "nt", reason="rights of folders are others on Windows")
@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"), claimed(tmp_path / "run"):
        pytest.fail("it was written")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("in_one_step", [True, False])
def test_the_new_folder_takes_the_place_of_the_old_one(
    in_one_step: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_one_step:
        monkeypatch.setattr(placing, "_exchanged", lambda one, other: False)
    for name in ("old", "new"):
        (tmp_path / f"{name}-draft").mkdir()
        (tmp_path / f"{name}-draft" / name).touch()
        placing.put_in_place(tmp_path / f"{name}-draft", tmp_path / "run")
    assert names(tmp_path) == ["run"]
    assert names(tmp_path / "run") == ["new"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux exchanges folders")
def test_the_name_is_never_missing_while_folders_change_places(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    code = (
        "import sys, pathlib\n"
        "run = pathlib.Path(sys.argv[1])\n"
        "print('on', flush=True)\n"
        "missing = 0\n"
        "while not (run.parent / 'stop').exists():\n"
        "    missing += not run.is_dir()\n"
        "print(missing)\n"
    )
    command = [sys.executable, "-c", code, str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == "on\n"
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            with appearing_whole(run) as draft:
                (draft / "file").touch()
        (tmp_path / "stop").touch()
        assert watcher.communicate()[0] == "0\n"
