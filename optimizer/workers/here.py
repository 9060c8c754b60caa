"""Work on this machine: in this process, or in several beside it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import wait as wait_for
from typing import Any

from optimizer.errors import InputError
from optimizer.workers.workers import Done, Item, Lost, Workers

_ENDED = "the process that worked on it was ended from outside, most likely for want of memory"
_PAUSE = 0.5


class Alone:
    """One item after the other, in this process."""

    def finished(
        self, work: Callable[[Item], Done], items: Sequence[Item]
    ) -> Iterator[tuple[int, Done | Lost]]:
        """Yield the position and the result of each item, in order."""
        for position, item in enumerate(items):
            yield position, work(item)


class Processes:
    """Several items at once, each in a process of its own.

    A process that ends takes only its own item with it: what ran beside it is done again, and
    the item itself is tried once more, alone.

    Parameters
    ----------
    number : int
        Processes at work at a time.
    """

    def __init__(self, number: int) -> None:
        self.number = number

    def finished(
        self, work: Callable[[Item], Done], items: Sequence[Item]
    ) -> Iterator[tuple[int, Done | Lost]]:
        """Yield the position and the result of each item as it is finished."""
        waiting = deque(enumerate(items))
        suspects: list[tuple[int, Item]] = []
        while waiting:
            running: dict[Future[Done], tuple[int, Item]] = {}
            with _pool(min(self.number, len(waiting))) as pool:
                try:
                    yield from self._fed(pool, partial(_attentive, work), waiting, running)
                except BrokenProcessPool:
                    suspects += running.values()
                except BaseException:
                    # Whoever asked for the work no longer waits for it.
                    _stop(running)
                    raise
        for position, item in sorted(suspects, key=lambda suspect: suspect[0]):
            yield position, _once_more(work, item)

    def _fed(
        self,
        pool: ProcessPoolExecutor,
        work: Callable[[Item], Done],
        waiting: deque[tuple[int, Item]],
        running: dict[Future[Done], tuple[int, Item]],
    ) -> Iterator[tuple[int, Done]]:
        """Keep every process at work; what is `running` is known whenever this ends."""
        while waiting or running:
            while waiting and len(running) < self.number:
                running[pool.submit(work, waiting[0][1])] = waiting[0]
                waiting.popleft()
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(ended, key=lambda one: running[one][0]):
                done = future.result()
                position, _ = running.pop(future)
                yield position, done


def on_this_machine(number: int) -> Workers:
    """Return workers for a number of processes, 1 being this one.

    Raises
    ------
    InputError
        Where the number is none.
    """
    if number < 1:
        raise InputError(f"--workers {number}: at least 1 is needed to do the work")
    return Alone() if number == 1 else Processes(number)


def _pool(number: int) -> ProcessPoolExecutor:
    # Fresh processes: a fork would copy threads of solvers in an unknown state.
    fresh = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(number, mp_context=fresh, initializer=_begin)


def _stop(running: Collection[Future[Any]]) -> None:
    """Interrupt what runs, also where the interrupt came to this process alone.

    Said again until it is heard: a process that still begins its work does not listen.
    """
    while wait(running, timeout=_PAUSE).not_done:
        for child in multiprocessing.active_children():
            if child.pid is not None and os.name == "posix":
                os.kill(child.pid, signal.SIGINT)
            else:
                child.terminate()


def _begin() -> None:
    """Let a new process hear nothing but its work and the end of the process that began it."""
    _inattentive()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End at once where the process that began this one is gone, killed or not."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _inattentive() -> None:
    """Let nothing but work be interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _attentive(work: Callable[[Any], Done], item: Any) -> Done:
    """Do work that an interrupt stops, so that it can clean up behind itself."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return work(item)
    finally:
        _inattentive()


def _once_more(work: Callable[[Item], Done], item: Item) -> Done | Lost:
    with _pool(1) as pool:
        running = pool.submit(partial(_attentive, work), item)
        try:
            return running.result()
        except BrokenProcessPool:
            return Lost(_ENDED)
        except BaseException:
            _stop([running])
            raise
