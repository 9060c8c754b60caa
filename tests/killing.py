"""Kill commands at random moments, and look at what they leave.

``python tests/killing.py plan FOLDER 200 7`` kills ``plan`` 200 times, seed 7, and prints what is
wrong; nothing is. Commands run in forks of a process that has imported everything, so that
moments fall into their work and not into imports.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pandas as pd  # noqa: E402

from optimizer.batch.batch import batch_run  # noqa: E402
from optimizer.page.report import write_report  # noqa: E402
from optimizer.pipeline import plan  # noqa: E402
from optimizer.recalibrate.run import recalibrate_run  # noqa: E402
from optimizer.results.run_folder import digests, read_record  # noqa: E402
from optimizer.verify.verify import verify_run  # noqa: E402

EXAMPLE = ROOT / "scenarios" / "company-a"
WEEK = 6


class Plan:
    """``plan`` over an earlier run."""

    def __init__(self, home: Path) -> None:
        self.out = home / "run"

    def work(self) -> None:
        plan(EXAMPLE, self.out)

    def runs(self) -> list[Path]:
        return [self.out]


class Recalibrate(Plan):
    """``recalibrate`` over an earlier recalibration."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.first = home / "first"
        self.weeks = home / "weeks.csv"
        plan(EXAMPLE, self.first)
        street = pd.read_csv(self.first / "targets.csv").groupby("rep")["target"].sum()
        rows = [
            {"period": "2023Q3", "week": week, "rep": rep, "amount": street[rep] / 20}
            for rep in street.index
            for week in range(1, WEEK + 1)
        ]
        pd.DataFrame(rows).to_csv(self.weeks, index=False)

    def work(self) -> None:
        recalibrate_run(self.first, self.weeks, str(WEEK), self.out, goal=1300)


class Batch:
    """``batch`` of three scenarios, finished runs of it thrown away now and then."""

    def __init__(self, home: Path) -> None:
        self.out = home / "batch"
        self.scenarios = home / "plans"
        for name in ("a", "b", "c"):
            shutil.copytree(EXAMPLE, self.scenarios / name)

    def work(self) -> None:
        batch_run([self.scenarios], self.out, again=True)

    def runs(self) -> list[Path]:
        return [self.out / name for name in ("a", "b", "c")]


class Report:
    """``report`` over an earlier report, inside its run."""

    def __init__(self, home: Path) -> None:
        self.run = home / "run"
        plan(EXAMPLE, self.run)

    def work(self) -> None:
        write_report(self.run)

    def runs(self) -> list[Path]:
        return [self.run / "report"]


Command = Plan | Batch | Report

COMMANDS: dict[str, Callable[[Path], Command]] = {
    "plan": Plan, "recalibrate": Recalibrate, "batch": Batch, "report": Report,
}  # fmt: skip


def killed(work: Callable[[], None], after: float) -> bool:
    """Run work in a fork and kill it after some seconds; say whether it was still at work."""
    child = os.fork()
    if not child:
        try:
            sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
            work()
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def wrong(runs: list[Path]) -> Iterator[str]:
    """Yield what is wrong with runs of which each was there, whole, before."""
    for run in runs:
        if not run.is_dir():
            yield f"{run.name} is gone"
            continue
        record = read_record(run)
        outputs = record.get("outputs", {})
        now = digests(run)
        if set(now) != set(outputs) or any(now[name] != outputs[name] for name in outputs):
            yield f"{run.name} has other files than its record says"
        if record.get("command") == "report":
            yield from wrong_around(run)
        elif found := verify_run(run).failures:
            yield f"{run.name} fails its verification: {found[0].text}"


def wrong_around(report: Path) -> Iterator[str]:
    """Yield what is wrong with the run that a report lies in."""
    outputs = read_record(report.parent).get("outputs", {})
    now = digests(report.parent)
    if any(now.get(name) != outputs[name] for name in outputs):
        yield f"{report.parent.name} is not as it was"


def hunt(command: Command, times: int, seed: int) -> Iterator[str]:
    """Yield what is wrong after each of many kills, and after a last run that ends well."""
    chance = random.Random(seed)
    started = time.perf_counter()
    command.work()
    whole = time.perf_counter() - started
    at_work = 0
    for turn in range(times):
        moment = chance.uniform(0, 1.1 * whole)
        at_work += killed(command.work, moment)
        for fault in wrong(command.runs()):
            yield f"kill {turn} after {moment:.3f} s: {fault}"
    command.work()
    yield from wrong(command.runs())
    for folder in {run.parent for run in command.runs()}:
        for path in folder.iterdir():
            if path.name.startswith("."):
                yield f"left behind: {path.name}"
    print(f"{at_work} of {times} kills came while it worked")


def main(arguments: list[str]) -> int:
    name, folder, times, seed = arguments
    command = COMMANDS[name](Path(folder))
    faults = list(hunt(command, int(times), int(seed)))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
