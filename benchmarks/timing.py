"""Start a program, take the time of the whole process, and stop it where it takes too long."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Timed:
    """One run of a program.

    Attributes
    ----------
    seconds : float
        From start to end of the process, or to when it was stopped.
    done : bool
        False where it was stopped.
    output : str
        What it printed.
    """

    seconds: float
    done: bool
    output: str


def run_python(
    arguments: Sequence[str], timeout: float, compiled: Path, codes: Sequence[int] = (0,)
) -> Timed:
    """Run Python in the root of the project, on one thread.

    Parameters
    ----------
    arguments : sequence of str
        What follows ``python``.
    timeout : float
        Seconds after which the process and all that it started are stopped.
    compiled : Path
        Folder for compiled modules, so that runs after the first find them as an installed
        program does, whatever the environment says about writing them.
    codes : sequence of int
        Exit codes that count as success.

    Raises
    ------
    RuntimeError
        Where the program ends with another exit code; with what it said.
    """
    environment = os.environ | dict.fromkeys(ONE_THREAD, "1")
    environment |= {"PYTHONPYCACHEPREFIX": str(compiled), "PYTHONDONTWRITEBYTECODE": ""}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        output, said = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _stop(process)
        return Timed(time.perf_counter() - started, False, "")
    except BaseException:
        _stop(process)
        raise
    seconds = time.perf_counter() - started
    if process.returncode not in codes:
        raise RuntimeError(f"{' '.join(arguments)}: exit code {process.returncode}\n{said}")
    return Timed(seconds, True, output)


def _stop(process: subprocess.Popen[str]) -> None:
    """Stop a process and, where the system has groups, the solver that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def median_of(values: Sequence[float]) -> float:
    """Return the median; not a number where there are no values."""
    return statistics.median(values) if values else float("nan")
