"""How fast ``plan`` is beside the joint model in PuLP + CBC: same scenario, same rules.

``python -m benchmarks.plan_speed`` from the root of the project; ``--smoke`` for a small try
that checks that both methods agree. What is measured is told in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.instances import write_scenario
from benchmarks.timing import Timed, median_of, run_python

SMOKE_REPS = 40
SAME_F = 2e-4
"""Largest relative difference of F: each plan may be 10⁻⁴ from the optimum."""

WANTED = 5.0
"""How many times as long the joint model's whole process should take at 1,000 reps."""

OURS, JOINT = "plan", "joint"
PEERS = {
    "refined": "joint model, plain CBC, all steps to 10⁻⁴",
    "fairness": "joint model, plain CBC, one linear program of step 3",
    "gap": "joint model, plain CBC, one linear program of step 1",
}
"""Peers of which nothing but the allocation is timed."""

NAMES = {OURS: "`plan`", JOINT: "`plan --method joint --solver CBC`"} | PEERS
"""What is measured, in the order in which it runs."""

PLAN_CODES = (0, 3)
"""Exit codes of a plan that was made: complete, or with a gap."""


@dataclass
class Series:
    """The runs of one thing measured.

    Attributes
    ----------
    seconds : list of float
        Of the runs that ended.
    stopped_after : float or None
        Seconds after which a run was stopped; it is not tried again.
    records : list of dict
        What each run said: ``run.json``, or the answer of a peer.
    """

    seconds: list[float] = field(default_factory=list)
    stopped_after: float | None = None
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median seconds; a run that was stopped counts as if it had ended then."""
        stopped = [] if self.stopped_after is None else [self.stopped_after]
        return median_of([*self.seconds, *stopped])

    @property
    def at_least(self) -> str:
        """What stands before figures that may be larger: a run was stopped."""
        return "" if self.stopped_after is None else "at least "

    def add(self, timed: Timed, record: dict[str, Any], seconds: float) -> None:
        """Add a run."""
        if timed.done:
            self.seconds.append(seconds)
            self.records.append(record)
        else:
            self.stopped_after = timed.seconds


@dataclass(frozen=True)
class Bench:
    """Where the runs of a benchmark happen, and how long one may take."""

    folder: Path
    compiled: Path
    timeout: float

    @property
    def scenario(self) -> Path:
        """The scenario that all plan."""
        return self.folder / "scenario"

    def run(self, name: str, series: Series) -> None:
        """Run one thing once, unless it was stopped before."""
        if series.stopped_after is not None:
            return
        if name in (OURS, JOINT):
            self._plan(name, series)
            return
        arguments = ["-m", "benchmarks.plain_cbc", name, str(self.scenario), str(self.out(OURS))]
        timed = run_python(arguments, self.timeout, self.compiled)
        record = json.loads(timed.output) if timed.done else {}
        series.add(timed, record, record.get("seconds", timed.seconds))

    def out(self, name: str) -> Path:
        """Return the run folder of a method."""
        return self.folder / name

    def _plan(self, name: str, series: Series) -> None:
        arguments = ["cli.py", "plan", str(self.scenario), "--out", str(self.out(name)), "--force"]
        if name == JOINT:
            arguments += ["--method", "joint", "--solver", "CBC"]
        timed = run_python(arguments, self.timeout, self.compiled, PLAN_CODES)
        path = self.out(name) / "run.json"
        record = json.loads(path.read_text(encoding="utf-8")) if timed.done else {}
        series.add(timed, record, timed.seconds)


def warm_up(bench: Bench) -> None:
    """Plan a small scenario by both methods: modules are compiled, files are in memory."""
    write_scenario(bench.scenario, SMOKE_REPS)
    for name in (OURS, JOINT):
        bench.run(name, Series())


def measure(bench: Bench, reps: int, pairs: int, seed: int) -> dict[str, Series]:
    """Write the scenario and run everything in turn, `pairs` times."""
    write_scenario(bench.scenario, reps, seed)
    every = {name: Series() for name in NAMES}
    for pair in range(pairs):
        for name, series in every.items():
            print(f"pair {pair + 1} of {pairs}: {name} …", file=sys.stderr, flush=True)
            bench.run(name, series)
    return every


def disagreements(every: dict[str, Series]) -> list[str]:
    """Return in words where the two methods differ by more than they may."""
    if not every[OURS].records or not every[JOINT].records:
        return []
    ours, joint = every[OURS].records[-1], every[JOINT].records[-1]
    found = [
        f"{key}: {ours[key]} by the pooled method, {joint[key]} by the joint one"
        for key in ("status", "goal", "placed", "gap", "street")
        if ours[key] != joint[key]
    ]
    values = [float(run["objective"]) for run in (ours, joint)]
    if abs(values[0] - values[1]) > max(SAME_F * min(values), 1e-6 * SAME_F * ours["goal"]):
        found.append(f"F: {values[0]:.9g} by the pooled method, {values[1]:.9g} by the joint one")
    return found


def allocation(series: Series) -> Series:
    """Return the allocation alone of runs of the whole process."""
    seconds = [record["seconds"]["allocate"] for record in series.records]
    return Series(seconds, series.stopped_after)


def table(every: dict[str, Series]) -> str:
    """Return the medians as a Markdown table: whole processes, then allocations alone."""
    whole, alone = every[OURS].median, allocation(every[OURS]).median
    lines = [
        "| measured | runs done | median s | range s | × `plan`, whole | × `plan`, allocation |",
        "|---|---|---|---|---|---|",
    ]
    rows = [(f"{NAMES[name]}, whole process", every[name], False) for name in (OURS, JOINT)]
    for name, text in NAMES.items():
        series = every[name] if name in PEERS else allocation(every[name])
        if name != JOINT or series.seconds:  # of a process that was stopped, no part is known
            rows.append((f"{text}, allocation alone", series, True))
    for text, series, is_allocation in rows:
        ratios = [f"{series.at_least}{series.median / base:.2f}" for base in (whole, alone)]
        shown = [str(len(series.seconds)), f"{series.median:.2f}", "–", *ratios]
        if series.seconds:
            shown[2] = f"{min(series.seconds):.2f}–{max(series.seconds):.2f}"
        if series.stopped_after is not None:
            shown[1] = f"not done after {series.stopped_after:.0f}"
        if not is_allocation:
            shown[-1] = "–"
        lines.append(f"| {' | '.join([text, *shown])} |")
    return "\n".join(lines)


def stages_table(every: dict[str, Series]) -> str:
    """Return where the seconds of the whole processes go, as a Markdown table."""
    shown = [name for name in (OURS, JOINT) if every[name].records]
    stages = list(every[OURS].records[0]["seconds"])
    lines = [f"| stage | {' | '.join(f'{name} s' for name in shown)} |"]
    lines.append("|---" * (1 + len(shown)) + "|")
    medians = {name: stage_medians(every[name], stages) for name in shown}
    for stage in [*stages, "start, imports, showing"]:
        cells = [f"{medians[name][stage]:.2f}" for name in shown]
        lines.append(f"| {' | '.join([stage, *cells])} |")
    return "\n".join(lines)


def stage_medians(series: Series, stages: Sequence[str]) -> dict[str, float]:
    """Return the median seconds of each stage, and of what no stage counts."""
    medians = {
        stage: median_of([record["seconds"][stage] for record in series.records])
        for stage in stages
    }
    rest = [
        seconds - sum(record["seconds"].values())
        for seconds, record in zip(series.seconds, series.records, strict=True)
    ]
    return medians | {"start, imports, showing": median_of(rest)}


def verdict(every: dict[str, Series]) -> str:
    """Return the line that compares both whole processes."""
    joint = every[JOINT]
    ratio = f"{joint.at_least}{joint.median / every[OURS].median:.1f}"
    return f"ratio of medians, whole processes, joint / plan: {ratio} (wanted: at least {WANTED:g})"


def machine() -> str:
    """Return what the figures depend on, without naming the machine."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("PuLP", "highspy", "pandas"))
    return (
        f"Python {platform.python_version()}, {packages}; {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, one thread per process"
    )


def as_json(every: dict[str, Series], options: argparse.Namespace, differ: list[str]) -> Any:
    """Return the figures for ``--json``."""
    return {
        "reps": options.reps,
        "seed": options.seed,
        "timeout": options.timeout,
        "machine": machine(),
        "ratio": every[JOINT].median / every[OURS].median,
        "ratio_is_at_least": every[JOINT].stopped_after is not None,
        "disagreements": differ,
        "measured": {
            name: {
                "what": NAMES[name],
                "seconds": series.seconds,
                "stopped_after": series.stopped_after,
                "stages": [run["seconds"] for run in series.records if name in (OURS, JOINT)],
            }
            for name, series in every.items()
        },
    }


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan_speed", description=__doc__)
    parser.add_argument("--reps", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument("--seed", type=int, default=7, help="of the scenario (default: 7)")
    parser.add_argument(
        "--timeout", type=float, default=1800.0, help="seconds for one run (default: 1800)"
    )
    parser.add_argument("--smoke", action="store_true", help=f"{SMOKE_REPS} reps, one run of each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    options = parser.parse_args(arguments)
    if options.smoke:
        options.reps, options.pairs = SMOKE_REPS, 1
    if options.reps < 2 or options.pairs < 1 or options.timeout <= 0:
        parser.error("at least 2 reps, 1 pair, and a timeout above 0")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where the methods disagree, or a small try was not finished."""
    options = read_options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "compiled"
        warm_up(Bench(Path(folder) / "small", compiled, options.timeout))
        bench = Bench(Path(folder) / "bench", compiled, options.timeout)
        every = measure(bench, options.reps, options.pairs, options.seed)
    differ = disagreements(every)
    if options.smoke and not every[JOINT].records:
        differ.append("the joint model was not done in time, so nothing was compared")
    print(f"{options.reps:,} reps × 4 periods × 5 products, seed {options.seed}. {machine()}.\n")
    print(f"{table(every)}\n\n{stages_table(every)}\n\n{verdict(every)}")
    if options.json is not None:
        text = json.dumps(as_json(every, options, differ), ensure_ascii=False, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    for difference in differ:
        print(f"The methods disagree. {difference}", file=sys.stderr)
    if not differ and every[JOINT].records:
        print(f"both agree: status, placed, gap and street to the unit, F to {SAME_F:g}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
