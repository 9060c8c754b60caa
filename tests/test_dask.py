"""A real scheduler and two workers on this machine: same bytes, one of them killed in between."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_batch import tables
from worlds import ROOT

from optimizer.batch.batch import batch_run
from optimizer.batch.task import Row
from optimizer.errors import InputError

pytest.importorskip("distributed", reason="Dask is an extra: pip install quotaplan[dask]")

PATIENCE = 60
NUMBER = 8


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    with running("distributed.cli.dask_scheduler", *options, "--scheduler-file", str(file)):
        started = time.monotonic()
        while not file.is_file() or not file.read_text(encoding="utf-8").strip():
            assert time.monotonic() - started < PATIENCE, "no scheduler came up"
            time.sleep(0.1)
        yield json.loads(file.read_text(encoding="utf-8"))["address"]


def worker(address: str) -> list[str]:
    return ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny",
            "--no-dashboard"]  # fmt: skip


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    for number in range(NUMBER):
        shutil.copytree(ROOT / "scenarios" / "company-a", tmp_path / "plans" / f"a-{number}")
    return tmp_path / "plans"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_batch_completes_though_a_worker_is_killed(
    address: str, scenarios: Path, tmp_path: Path
) -> None:
    with running(*worker(address)) as first, running(*worker(address)):

        def kill_one(_row: Row, done: int, _all: int) -> None:
            if done == 2:
                first.send_signal(signal.SIGKILL)

        found = batch_run([scenarios], tmp_path / "there", dask=address, tell=kill_one)
        assert first.poll() == -signal.SIGKILL
    assert [row.status for row in found.rows] == ["gap"] * NUMBER
    assert [row.scenario for row in found.rows] == [f"a-{number}" for number in range(NUMBER)]
    batch_run([scenarios / "a-0"], tmp_path / "here")
    for number in range(NUMBER):
        assert tables(tmp_path / "there" / f"a-{number}") == tables(tmp_path / "here" / "a-0")
    left = [path.name for path in (tmp_path / "there").iterdir() if path.name.startswith(".")]
    assert len(left) <= 1, "what a killed worker leaves behind is one hidden draft at most"


def test_a_scheduler_without_workers_is_told(
    address: str, scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.workers.cluster._PATIENCE", "1s")
    with pytest.raises(InputError, match="the scheduler has no workers; start some with"):
        batch_run([scenarios], tmp_path / "there", dask=address)
