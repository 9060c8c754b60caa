"""How fast a session answers a what-if, beside reading and solving the scenario afresh.

``python -m benchmarks.session_speed`` from the root of the project; ``--smoke`` for a small
try. What is measured is told in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.instances import GOAL_PER_REP, write_scenario
from benchmarks.timing import median_of
from optimizer.advice.shortage import shortage_sentence, shortages
from optimizer.change.edits import set_goal
from optimizer.planning.scenario_plan import plan_scenario
from optimizer.whatif.session import Session

SMOKE_REPS = 40
AFRESH = "the scenario, read and solved afresh"
SENTENCE = "the sentence for a shortage"

Question = Callable[[Session, int], object]


def questions(session: Session) -> dict[str, Question]:
    """Return what is asked; `turn` makes every question a new one."""
    instance = session.base.instance
    assert instance.reps is not None and session.base.allocation.rep_total is not None
    region, period, product = instance.leaves[0], instance.periods[0], instance.products[0]
    placed = float(session.base.allocation.placed[0, 0].sum())
    total = session.base.allocation.rep_total[0]
    rep = instance.reps.names[0]
    size = round(float(instance.potentials.given[0]))
    return {
        "goal": lambda one, turn: one.goal(session.base.goal - turn),
        "buffer": lambda one, turn: one.buffer("potential", 0.001 * turn),
        "potential": lambda one, turn: one.potential(
            size + turn, region=region, period=period, product=product
        ),
        "capacity": lambda one, turn: one.capacity(rep, round(total.max()) + 50 + turn),
        "lock on a region": lambda one, turn: one.lock(
            round(placed) - turn, region=region, period=period
        ),
        "lock on a rep": lambda one, turn: one.lock(
            round(float(total[0])), rep=rep, period=period, reason=f"turn {turn}"
        ),
    }


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(folder: Path, turns: int) -> dict[str, list[float]]:
    """Read and solve afresh, then ask everything once, `turns` times over."""
    session = Session(folder)
    asked = questions(session)
    for question in asked.values():
        question(session, 0)
    short = plan_scenario(set_goal(session.scenario, round(1.5 * session.base.goal)))
    ask = short.whole.ask * short.instance.unit

    def sentence() -> str:
        found = shortages(short.instance, ask, short.gaps)
        return shortage_sentence(found, short.instance.goal, "")

    sentence()
    spent: dict[str, list[float]] = {AFRESH: [], **{name: [] for name in asked}, SENTENCE: []}
    for turn in range(1, turns + 1):
        spent[AFRESH].append(seconds_of(lambda: Session(folder)))
        for name, question in asked.items():
            spent[name].append(seconds_of(lambda: question(session, turn)))  # noqa: B023
        spent[SENTENCE].append(seconds_of(sentence))
    return spent


def table(spent: dict[str, list[float]]) -> str:
    """Return the medians as a Markdown table."""
    base = median_of(spent[AFRESH])
    lines = ["| asked | median ms | range ms | × afresh |", "|---|---|---|---|"]
    for name, seconds in spent.items():
        middle = median_of(seconds)
        span = f"{min(seconds) * 1e3:.1f}–{max(seconds) * 1e3:.1f}"
        lines.append(f"| {name} | {middle * 1e3:.1f} | {span} | {middle / base:.3f} |")
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    reps = SMOKE_REPS if options.smoke else options.reps
    with tempfile.TemporaryDirectory() as name:
        write_scenario(Path(name) / "scenario", reps, options.seed)
        spent = measure(Path(name) / "scenario", 2 if options.smoke else options.turns)
    print(f"{reps} reps, goal {GOAL_PER_REP * reps:,}\n\n{table(spent)}")
    if options.json is not None:
        content: dict[str, Any] = {"reps": reps, "seconds": spent}
        options.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
