"""Start a process of the benchmark of peers, and note its time, processor time and memory."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peer_list import PLAN, RUN, Contender
from benchmarks.timing import ONE_THREAD, ROOT, median_of

THREADS = (*ONE_THREAD, "RAYON_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")
PLAN_CODES = (0, 3)
"""Exit codes of a plan that was made: complete, or with a gap."""

STAGES = ("import", "read", "build", "hand over", "solve", "read back")
"""Stages of a peer; `plan` has others, too."""

ALLOCATION = ("build", "hand over", "solve", "read back")
"""Stages from arrays in memory to amounts in memory."""


@dataclass(frozen=True)
class Process:
    """What a process took.

    Attributes
    ----------
    seconds, processor : float
        From start to end, and on the processor with all that it started.
    memory : int
        Peak of bytes in memory.
    code : int
        Exit code; less than 0 where it was stopped.
    output, said : str
        What it wrote to both streams.
    """

    seconds: float
    processor: float
    memory: int
    code: int
    output: str
    said: str


@dataclass(frozen=True)
class Place:
    """Where processes run, and how long one may take.

    Attributes
    ----------
    temporary : Path
        For all that they write on the way.
    compiled : Path or None
        For compiled modules, so that runs after the first find them as an installed program
        does; wherever Python has them if left out.
    core : int or None
        The one that they are held on; None for any.
    limit : float
        Seconds.
    memory : float or None
        Bytes that one may ask for, on Linux; None for no limit.
    """

    temporary: Path
    compiled: Path | None
    core: int | None
    limit: float
    memory: float | None = None

    def run(self, arguments: Sequence[str], limit: float | None = None) -> Process:
        """Run Python in the root of the project, on one core and one thread."""
        before = [] if self.core is None else ["taskset", "-c", str(self.core)]
        if self.memory is not None and sys.platform == "linux":
            kilobytes = str(int(self.memory // 1024))
            before += ["sh", "-c", 'ulimit -v "$0" && exec "$@"', kilobytes]
        environment = os.environ | dict.fromkeys(THREADS, "1") | {"TMPDIR": str(self.temporary)}
        if self.compiled is not None:
            environment["PYTHONPYCACHEPREFIX"] = str(self.compiled)
            environment["PYTHONDONTWRITEBYTECODE"] = ""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
            started = time.perf_counter()
            process = subprocess.Popen(
                [*before, sys.executable, *arguments],
                cwd=ROOT, env=environment, stdout=output, stderr=said, start_new_session=True,
            )  # fmt: skip
            stopper = threading.Timer(limit or self.limit, _stop, [process])
            stopper.start()
            try:
                _, status, used = os.wait4(process.pid, 0)
            except BaseException:
                _stop(process)
                raise
            finally:
                stopper.cancel()
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            texts = [_text(stream) for stream in (output, said)]
        memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        spent = used.ru_utime + used.ru_stime
        return Process(seconds, spent, memory, process.returncode, *texts)


def _stop(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def _text(stream: Any) -> str:
    stream.seek(0)
    return str(stream.read().decode("utf-8", "replace"))


def one_core(wanted: int | None) -> int | None:
    """Return the core that processes are held on; None where the system has no way to.

    Parameters
    ----------
    wanted : int or None
        The last one that there is, if left out.
    """
    if shutil.which("taskset") is None or not hasattr(os, "sched_getaffinity"):
        return None
    return max(os.sched_getaffinity(0)) if wanted is None else wanted


def most_memory() -> float | None:
    """Return three quarters of the machine's memory, in bytes; None where it is not known."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return 0.75 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Series:
    """The runs of one contender at one size.

    Attributes
    ----------
    runs : list of dict
        ``seconds`` by stage, ``whole`` and ``processor`` seconds, ``memory`` in bytes, and the
        worth of the plan as `peer_check.check` tells it.
    stopped_after : float or None
        Seconds after which a run was stopped.
    failed, skipped : str
        Why it did not end well, or was not tried; empty if neither.
    """

    runs: list[dict[str, Any]] = field(default_factory=list)
    stopped_after: float | None = None
    failed: str = ""
    skipped: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is to be tried again."""
        return self.stopped_after is None and not self.failed and not self.skipped

    def median(self, figure: str) -> float:
        """Return the median of ``whole``, ``processor`` or ``memory`` over the runs."""
        return median_of([run[figure] for run in self.runs])

    def stage(self, *stages: str) -> float:
        """Return the median seconds of some stages together."""
        return median_of(
            [sum(run["seconds"].get(stage, 0.0) for stage in stages) for run in self.runs]
        )


@dataclass(frozen=True)
class Task:
    """What a contender is run on.

    Attributes
    ----------
    folder : Path
        What `peer_prepare` made.
    pieces, algorithm : str
        How F is cut for linear programs, and the algorithm of HiGHS behind modelling layers.
    best : float
        F of the best plan.
    """

    folder: Path
    pieces: str
    algorithm: str
    best: float


def run_once(contender: Contender, task: Task, place: Place, series: Series) -> None:
    """Run a contender and add what was measured to its series."""
    process = place.run(contender.arguments(task.folder, task.pieces, task.algorithm))
    if process.code == -signal.SIGKILL and process.seconds >= place.limit:
        series.stopped_after = place.limit
        return
    codes = PLAN_CODES if contender.name == PLAN else (0,)
    if process.code not in codes:
        lines = process.said.strip().splitlines() or [f"exit code {process.code}"]
        series.failed = lines[-1]
        return
    figures = _figures(contender, task, process)
    aside, aside_cpu = (figures.pop(name, 0.0) for name in ("aside", "aside_cpu"))
    figures |= {"whole": process.seconds - aside, "processor": process.processor - aside_cpu}
    series.runs.append(figures)


def _figures(contender: Contender, task: Task, process: Process) -> dict[str, Any]:
    """Return what a process says of itself."""
    if contender.name == PLAN:
        record = json.loads((task.folder / RUN / "run.json").read_text(encoding="utf-8"))
        seconds = {**record["seconds"], "solve": record["seconds"]["allocate"]}
        off = float(record["objective"]) / task.best - 1.0
        return {"seconds": seconds, "fairness_off": off, "memory": process.memory}
    if not contender.module:
        return {"seconds": {}, "memory": process.memory}
    figures: dict[str, Any] = json.loads(process.output.strip().splitlines()[-1])
    return figures
