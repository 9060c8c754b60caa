"""Mutation testing: how many small wrong changes of the kernels do the tests notice?

``python tests/mutation.py pay FOLDER 100 7`` tries 100 mutants of the kernel ``pay``, drawn with
seed 7, and prints those that no test notices. Which test reaches which statement is learned
first and kept in the folder, a file for each file of tests; delete those that have changed.
With ``again`` for the number, only those that survived are tried, by all tests as they are now.
A mutant is tried in a fork of a process that has imported everything; no file is ever changed.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import asdict
from math import inf, sqrt
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import pytest  # noqa: E402
from hypothesis import Phase, settings  # noqa: E402
from kernels import KERNELS, Kernel  # noqa: E402
from mutants import Mutant, mutants_of, mutated  # noqa: E402
from reach import Codes, Reach, Reached, functions, swap  # noqa: E402

MOST_SECONDS = 20.0
"""A mutant is shown to tests of so many seconds, those that most likely notice it first."""
QUIET = ["-q", "-s", "--tb=no", "--assert=plain", "-p", "no:cacheprovider"]
KILLED = ("killed", "hangs")


class Served(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import a mutant in place of its module, for changes outside of functions."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = mutant.path.removesuffix(".py").replace("/", ".")

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(ROOT / self.mutant.path)
        exec(mutated(self.mutant), module.__dict__)


class Hunt:
    """Show each mutant to the tests that reach it, until one of them fails."""

    def __init__(
        self, mutants: list[Mutant], reached: Reached, to: Path, most_seconds: float
    ) -> None:
        self.mutants, self.to, self.most_seconds = mutants, to, most_seconds
        self.seconds = {test: float(str(one["seconds"])) for test, one in reached.items()}
        self.reaching: dict[tuple[object, ...], list[str]] = defaultdict(list)
        for test, one in reached.items():
            for path, line, column in one["places"]:  # type: ignore[attr-defined]
                self.reaching[path, line, column].append(test)
                self.reaching[(path,)].append(test)
        self.kills: Counter[tuple[str, str]] = Counter()
        self.killed = 0
        self.reply = -1

    def pytest_configure(self) -> None:
        phases = (Phase.explicit, Phase.generate)
        known = settings.get_profile("quotaplan")
        settings.register_profile("mutation", known, phases=phases, database=None)
        settings.load_profile("mutation")

    def chosen(self, mutant: Mutant) -> list[str]:
        """Return the quickest tests, known killers of the module first, then file by file."""
        place = (mutant.path, *mutant.statement) if mutant.function else (mutant.path,)
        tests = set(self.reaching.get(place, ()))
        kills = {test: self.kills[mutant.path, test] for test in tests}
        first = sorted((one for one in tests if kills[one]), key=lambda one: (-kills[one], one))[:5]
        files: dict[str, list[str]] = defaultdict(list)
        spent = sum(self.seconds[test] for test in first)
        for test in sorted(tests - set(first), key=lambda one: (self.seconds[one], one)):
            spent += self.seconds[test]
            if spent > self.most_seconds and (first or files):
                break
            files[test.split("::")[0]].append(test)
        return [*first, *(test for several in files.values() for test in several)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.reply >= 0:
            os.write(self.reply, report.nodeid.encode())
            os._exit(1)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        live = functions(sorted({mutant.path for mutant in self.mutants}))
        temporary = self.to.with_suffix("")
        self.to.write_text("", encoding="utf-8")
        gc.freeze()
        for turn, mutant in enumerate(self.mutants):
            tests = [test for test in self.chosen(mutant) if test in items]
            session.config._tmp_path_factory._basetemp = temporary  # type: ignore[attr-defined]
            temporary.mkdir(parents=True, exist_ok=True)
            verdict, test = "not reached", ""
            started = time.perf_counter()
            if tests and mutant.function:
                chosen = [items[one] for one in tests]
                verdict, test = self.forked(mutant, chosen, live[mutant.path])
            elif tests:
                verdict = anew(mutant, tests)
            if test:
                self.kills[mutant.path, test] += 1
            shutil.rmtree(temporary, ignore_errors=True)
            taken = round(time.perf_counter() - started, 1)
            line = asdict(mutant) | {"verdict": verdict, "test": test, "seconds": taken}
            with self.to.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            if verdict in KILLED:
                self.killed += 1
            else:
                print(f"{turn + 1}/{len(self.mutants)} {verdict}: {mutant}", flush=True)
        return True

    def forked(self, mutant: Mutant, items: list[pytest.Item], live: Codes) -> tuple[str, str]:
        """Run tests on a mutant in a fork; return the verdict and the test that noticed."""
        allowed = 20 + 5 * sum(self.seconds[item.nodeid] for item in items)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (int(allowed), int(allowed) + 5))
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            self.reply = writing
            swap(live, mutated(mutant))
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            os._exit(0)
        os.close(writing)
        status = waited(child, 4 * allowed)
        with os.fdopen(reading, "rb") as pipe:
            test = pipe.read().decode()
        if os.WIFSIGNALED(status):
            return "hangs", ""
        return ("killed" if os.WEXITSTATUS(status) else "survived"), test


def waited(child: int, seconds: float) -> int:
    """Wait for a process, and end it and what it started when it takes longer."""
    until = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1]
        time.sleep(0.02)


def anew(mutant: Mutant, tests: list[str]) -> str:
    """Run tests on a mutant in a new process; return the verdict."""
    command = [sys.executable, str(Path(__file__)), "anew", mutant.path, str(mutant.number)]
    try:
        done = subprocess.run(
            [*command, *tests], cwd=ROOT, capture_output=True, timeout=600, check=False
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    return "killed" if done.returncode else "survived"


def drawn(kernel: Kernel, number: int, seed: int) -> list[Mutant]:
    """Return a sample of a kernel's mutants, from each module its share."""
    chance = random.Random(seed)
    mutants = [mutant for path in kernel.modules for mutant in mutants_of(path)]
    mutants.sort(key=lambda one: (one.path, chance.random()))
    step = len(mutants) / min(number, len(mutants))
    start = chance.random() * step
    chosen = [mutants[int(start + turn * step)] for turn in range(min(number, len(mutants)))]
    return sorted(chosen, key=lambda one: (one.path, one.number))


def interval(killed: int, tried: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    z = 1.96
    share, room = killed / tried, z * z / tried
    middle = (share + room / 2) / (1 + room)
    half = z * sqrt(share * (1 - share) / tried + room / 4 / tried) / (1 + room)
    return middle - half, middle + half


def hunt(name: str, folder: Path, number: str, seed: int) -> int:
    """Try mutants of a kernel, or again those that survived; print survivors and the score."""
    kernel, to = KERNELS[name], folder / f"{name}-{seed}.jsonl"
    reached: Reached = {}
    for tests in kernel.tests:
        known = folder / name / f"{Path(tests).stem}.json"
        if not known.exists():
            known.parent.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, str(Path(__file__)), "reach", name, tests, str(known)]
            subprocess.run(command, cwd=ROOT, check=True)
        reached |= json.loads(known.read_text(encoding="utf-8"))
    known_killed, most_seconds = 0, MOST_SECONDS
    if number == "again":
        lines = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
        alive = {str(Mutant(**{key: one[key] for key in Mutant.__match_args__}))
                 for one in lines if one["verdict"] not in KILLED}  # fmt: skip
        every = [mutant for path in kernel.modules for mutant in mutants_of(path)]
        chosen = [mutant for mutant in every if str(mutant) in alive]
        if len(chosen) < len(alive):
            raise SystemExit("the code has changed since; draw a new sample")
        known_killed, most_seconds = len(lines) - len(alive), inf
        to = to.with_suffix(".again.jsonl")
    else:
        chosen = drawn(kernel, int(number), seed)
    work = Hunt(chosen, reached, to, most_seconds)
    pytest.main([*QUIET, *kernel.tests], plugins=[work])
    print(told(name, work.killed + known_killed, len(chosen) + known_killed))
    return 0


def told(name: str, killed: int, tried: int) -> str:
    """Return the score of a kernel in words."""
    low, high = interval(killed, tried)
    every = sum(len(mutants_of(path)) for path in KERNELS[name].modules)
    return (
        f"{name}: {killed} of {tried} mutants noticed, of {every} in all: "
        f"{killed / tried:.1%}, between {low:.1%} and {high:.1%} at 95 %"
    )


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    match arguments:
        case ["reach", name, tests, to]:
            learn = Reach(KERNELS[name], Path(to))
            return int(pytest.main([*QUIET, tests], plugins=[learn]))
        case ["anew", path, number, *tests]:
            sys.meta_path.insert(0, Served(mutants_of(path)[int(number)]))
            return int(pytest.main([*QUIET, "-x", *tests]))
        case [name, folder, number, seed]:
            return hunt(name, Path(folder).resolve(), number, int(seed))
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
