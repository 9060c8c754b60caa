"""How quotaplan fares beside other ways to solve the same joint model.

``python -m benchmarks.peers --sizes 100,1000 --repeats 5 --limit 300 --out DIR`` from the root
of the project; ``--smoke`` for a small try. What is measured is told in docs/benchmarks.md.
This process stays small, since Linux counts its memory as that of those that it starts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.peer_list import ALWAYS, CONTENDERS, HIGHS, WAYS, Contender
from benchmarks.peer_runs import Place, Series, Task, most_memory, one_core, run_once
from benchmarks.peer_table import Found, notes, plan_stages, table

SMOKE_REPS, SMOKE_LIMIT = 40, 60.0
FIGURES, PAGE = "peers.json", "peers.md"
PREPARATION_LIMIT = 3600.0
PACKAGES = (
    "numpy", "pandas", "highspy", "PuLP", "linopy", "pyomo", "cvxpy", "clarabel", "scipy",
)  # fmt: skip


def measure(
    reps: int, options: argparse.Namespace, place: Place, earlier: Iterable[Found]
) -> tuple[Found, dict[str, Any]]:
    """Run all contenders in turn on a scenario of `reps` reps.

    Parameters
    ----------
    reps, options, place
    earlier : iterable of dict
        What was found at smaller sizes: who was stopped there is not tried again.

    Returns
    -------
    dict of str to Series, and the facts of the scenario
    """
    found = {contender.name: Series() for contender in chosen(options.only)}
    for contender in chosen(options.only):
        found[contender.name].skipped = why_not(contender, earlier)
    with tempfile.TemporaryDirectory(dir=place.temporary) as name:
        folder = Path(name)
        arguments = ["-m", "benchmarks.peer_prepare", str(folder), str(reps), str(options.seed)]
        made = place.run(arguments, PREPARATION_LIMIT)
        if made.code != 0:
            raise RuntimeError(f"the scenario of {reps} reps was not made\n{made.said}")
        facts = json.loads(made.output)
        task = Task(folder, options.pieces, options.highs, facts["fairness"])
        for turn in range(options.repeats):
            for contender in chosen(options.only):
                series = found[contender.name]
                if series.is_open:
                    told = f"{reps:,} reps, turn {turn + 1} of {options.repeats}: {contender.name}"
                    print(told, file=sys.stderr, flush=True)
                    run_once(contender, task, place, series)
    return found, facts


def chosen(only: Sequence[str]) -> list[Contender]:
    """Return who runs: all, or the named ones and what they are compared with."""
    return [one for one in CONTENDERS if not only or one.name in (*ALWAYS, *only)]


def why_not(contender: Contender, earlier: Iterable[Found]) -> str:
    """Return why a contender is skipped; empty if it is not."""
    if contender.lacking:
        return f"not installed: {', '.join(contender.lacking)}"
    for found in earlier:
        series = found[contender.name]
        if series.stopped_after is not None:
            return f"took more than {series.stopped_after:g} s at a smaller size"
        if series.failed:
            return "failed at a smaller size"
        if series.skipped:
            return series.skipped
    return ""


def machine() -> str:
    """Return what the figures depend on, without naming the machine."""
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return (
        f"Python {platform.python_version()}, {packages}; {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, one thread on one core per process"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "–"


def page(every: dict[int, Found], facts: dict[int, dict[str, Any]]) -> str:
    """Return all that was found, as Markdown."""
    parts = [f"{machine()}."]
    for reps, found in every.items():
        parts.append(f"### {reps:,} reps")
        best = f"F of the best plan: {facts[reps]['fairness']:.9g}."
        parts.append(f"{best} {plan_stages(found)}".strip())
        parts.append(table(found))
        skipped = [
            f"{one.label} ({found[one.name].skipped})"
            for one in CONTENDERS
            if one.name in found and found[one.name].skipped
        ]
        if skipped:
            parts.append(f"Not run: {'; '.join(skipped)}.")
        parts += [f"- {note}" for note in notes(found)]
    return "\n\n".join(parts)


def as_json(every: dict[int, Found], facts: dict[int, dict[str, Any]], options: Any) -> Any:
    """Return the figures for ``peers.json``."""
    labels = {one.name: one.label for one in CONTENDERS}
    return {
        "machine": machine(),
        "seed": options.seed,
        "pieces": options.pieces,
        "highs": options.highs,
        "limit": options.limit,
        "repeats": options.repeats,
        "sizes": [
            {
                "reps": reps,
                "facts": facts[reps],
                "contenders": {
                    name: {"label": labels[name], **asdict(series)}
                    for name, series in found.items()
                },
            }
            for reps, found in every.items()
        ],
    }


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    names = ", ".join(one.name for one in CONTENDERS if one.name not in ALWAYS)
    parser.add_argument(
        "--sizes", default="100,1000", help="how many reps, with commas (default: 100,1000)"
    )
    parser.add_argument("--repeats", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for one run")
    parser.add_argument("--only", default="", help=f"peers to run, with commas, of: {names}")
    parser.add_argument(
        "--pieces", choices=WAYS, default=WAYS[0], help=f"how F is cut (default: {WAYS[0]})"
    )
    parser.add_argument(
        "--highs", choices=HIGHS, default="simplex", help="algorithm of HiGHS behind the layers"
    )
    parser.add_argument("--seed", type=int, default=7, help="of the scenarios (default: 7)")
    parser.add_argument("--core", type=int, help="core to run on (default: the last one)")
    parser.add_argument("--memory", type=float, help="GB for one run (default: 3/4 of all)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write figures, page and plots")
    parser.add_argument(
        "--smoke", action="store_true", help=f"{SMOKE_REPS} reps, once; 1 where plans differ"
    )
    options = parser.parse_args(arguments)
    if options.smoke:
        options.sizes, options.repeats, options.limit = str(SMOKE_REPS), 1, SMOKE_LIMIT
        options.pieces = "known"
    options.only = [name for name in options.only.split(",") if name]
    unknown = set(options.only) - {one.name for one in CONTENDERS}
    if unknown:
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {names}")
    try:
        options.sizes = sorted({int(size) for size in options.sizes.split(",")})
    except ValueError:
        parser.error("--sizes are whole numbers with commas between them")
    if min(options.sizes) < 2 or options.repeats < 1 or options.limit <= 0:
        parser.error("at least 2 reps, 1 repeat, and a limit above 0")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 where a small try fails or finds different plans."""
    options = read_options(arguments)
    every: dict[int, Found] = {}
    facts: dict[int, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        compiled = None if options.smoke else Path(name) / "compiled"
        memory = options.memory * 1e9 if options.memory else most_memory()
        place = Place(Path(name), compiled, one_core(options.core), options.limit, memory)
        if not options.smoke:
            warm_up = argparse.Namespace(**{**vars(options), "repeats": 1})
            measure(SMOKE_REPS, warm_up, place, [])
        for reps in options.sizes:
            every[reps], facts[reps] = measure(reps, options, place, every.values())
            if options.out is not None:
                write(options, every, facts)
        if options.out is not None:
            draw(options.out, place)
    print(page(every, facts))
    wrong = [note for found in every.values() for note in notes(found)]
    stopped = [
        found for found in every.values() if any(one.stopped_after for one in found.values())
    ]
    return 1 if options.smoke and (wrong or stopped) else 0


def write(
    options: argparse.Namespace, every: dict[int, Found], facts: dict[int, dict[str, Any]]
) -> None:
    """Write figures and page; after each size, so that a broken run leaves what it has."""
    options.out.mkdir(parents=True, exist_ok=True)
    figures = json.dumps(as_json(every, facts, options), ensure_ascii=False, indent=2)
    (options.out / FIGURES).write_text(figures + "\n", encoding="utf-8")
    (options.out / PAGE).write_text(page(every, facts) + "\n", encoding="utf-8")


def draw(folder: Path, place: Place) -> None:
    """Draw the plots in a process of their own, where matplotlib is installed."""
    if find_spec("matplotlib") is None:
        print("no plots: matplotlib is not installed", file=sys.stderr)
        return
    drawn = place.run(["-m", "benchmarks.plots", str((folder / FIGURES).resolve())], 120.0)
    if drawn.code != 0:
        raise RuntimeError(f"the plots were not drawn\n{drawn.said}")


if __name__ == "__main__":
    sys.exit(main())
