"""Work side by side: same results anywhere, and a process that ends takes only its own item."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from optimizer.errors import InputError
from optimizer.workers.cluster import Cluster
from optimizer.workers.here import Alone, Processes, on_this_machine
from optimizer.workers.workers import Lost, LostError, in_order

DEADLY, FAULTY = 3, 5


def square(number: int) -> int:
    return number * number


def deadly(number: int) -> int:
    if number == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def deadly_once(marker: str) -> str:
    """End the process the first time a file is not there."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def faulty(number: int) -> int:
    if number == FAULTY:
        raise ValueError("five")
    return number


@pytest.mark.parametrize("number", [1, 2])
def test_results_come_in_order_when_asked_for(number: int) -> None:
    assert list(in_order(on_this_machine(number), square, range(7))) == [0, 1, 4, 9, 16, 25, 36]
    assert list(in_order(on_this_machine(number), square, [])) == []


def test_one_works_in_this_process_and_several_beside_it() -> None:
    assert isinstance(on_this_machine(1), Alone)
    assert set(in_order(Alone(), _process, range(3))) == {os.getpid()}
    assert os.getpid() not in in_order(Processes(2), _process, range(3))


def _process(_number: int) -> int:
    return os.getpid()


def test_no_workers_are_refused() -> None:
    with pytest.raises(InputError, match="--workers 0: at least 1"):
        on_this_machine(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_process_that_ends_takes_only_its_own_item() -> None:
    found = dict(Processes(2).finished(deadly, range(6)))
    assert {at: one for at, one in found.items() if at != DEADLY} == {
        0: 0, 1: 1, 2: 4, 4: 16, 5: 25,
    }  # fmt: skip
    lost = found[DEADLY]
    assert isinstance(lost, Lost)
    assert "want of memory" in lost.reason
    with pytest.raises(LostError, match="want of memory"):
        list(in_order(Processes(2), deadly, range(6)))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_work_that_was_ended_by_chance_is_done_again(tmp_path: Path) -> None:
    markers = [str(tmp_path / name) for name in ("a", "b")]
    (tmp_path / "b").touch()
    assert list(in_order(Processes(2), deadly_once, markers)) == ["done", "done"]


@pytest.mark.parametrize("number", [1, 2])
def test_an_exception_of_the_work_is_raised_here(number: int) -> None:
    with pytest.raises(ValueError, match="five"):
        list(in_order(on_this_machine(number), faulty, range(8)))


def test_a_cluster_that_does_not_answer_is_told(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is an extra: pip install quotaplan[dask]")
    cluster = Cluster("nowhere-at-all", tmp_path)
    with pytest.raises(InputError, match="no scheduler answers there; start one with"):
        list(in_order(cluster, square, [1]))


def slow(number: int) -> int:
    if number:
        time.sleep(60)
    return number


def slow_after_death(marker: str) -> str:
    """End the process the first time, and take long the second."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)
    return "done"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_work_that_nobody_waits_for_is_stopped() -> None:
    started = time.monotonic()
    results = Processes(2).finished(slow, [0, 1])
    assert next(results) == (0, 0)
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 50


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_the_second_try_is_stopped_by_an_interrupt(tmp_path: Path) -> None:
    started = time.monotonic()
    timer = threading.Timer(6, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        list(Processes(2).finished(slow_after_death, [str(tmp_path / "marker")]))
    assert time.monotonic() - started < 50
