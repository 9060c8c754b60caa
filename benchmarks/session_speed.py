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
from optimizer.change.edits import set_buffer, set_goal, set_lock
from optimizer.model.contradiction import explain_contradiction
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.planning.scenario_plan import plan_scenario
from optimizer.problem.build import build_instance
from optimizer.whatif.session import Session

SMOKE_REPS = 40
AFRESH = "the scenario, read and solved afresh"
BEYOND = 1.3
"""How much higher the goal of a session is that cannot be placed."""

WITH_A_GAP = ("goal", "potential", "capacity", "lock on a region")
SENTENCE = "the sentence for a shortage"
CONTRADICTION = "the sentence for a contradiction"

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
        "capacity of one period": lambda one, turn: one.capacity(
            rep, round(total.max()) + 50 + turn, period
        ),
        "share": lambda one, turn: one.share(
            "product_share", max_share=0.9 + 0.001 * turn, product=product
        ),
        "products": lambda one, turn: one.products(rep, instance.products[turn % 2 :]),
        "one more rep": lambda one, turn: one.hire(f"new {turn}", region, capacity=400),
        "lock on a region": lambda one, turn: one.lock(
            round(placed) - turn, region=region, period=period
        ),
        "lock on a rep": lambda one, turn: one.lock(
            round(float(total[0])), rep=rep, period=period, reason=f"turn {turn}"
        ),
        "two changes at once": lambda one, turn: one.ask(
            lambda scenario: set_goal(scenario, session.base.goal - turn),
            lambda scenario: set_buffer(scenario, "potential", 0.001 * turn),
        ),
    }


def contradiction(session: Session) -> Callable[[], object]:
    """Return what makes the sentence for a lock that is too large for its region."""
    base = session.base.instance
    locked = set_lock(session.scenario, 10 * GOAL_PER_REP * 50, region=base.leaves[0])
    instance = build_instance(locked)
    rules, pools = read_rules(instance), read_pools(instance)
    return lambda: str(explain_contradiction(instance, rules, pools))


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(folder: Path, turns: int) -> dict[str, list[float]]:
    """Read and solve afresh, then ask everything once, `turns` times over."""
    session = Session(folder)
    asked = questions(session)
    short_session = Session(set_goal(session.scenario, round(BEYOND * session.base.goal)))
    beyond = questions(short_session)
    short_asked = {f"{name}, with a gap": beyond[name] for name in WITH_A_GAP}
    both = ((session, asked), (short_session, short_asked))
    for one, every in both:
        for question in every.values():
            question(one, 0)
    short = plan_scenario(set_goal(session.scenario, round(1.5 * session.base.goal)))
    ask = short.whole.ask * short.instance.unit

    def sentence() -> str:
        found = shortages(short.instance, ask, short.gaps)
        return shortage_sentence(found, short.instance.goal, "")

    said = {SENTENCE: sentence, CONTRADICTION: contradiction(session)}
    for work in said.values():
        work()
    spent: dict[str, list[float]] = {name: [] for name in (AFRESH, *asked, *short_asked, *said)}
    for turn in range(1, turns + 1):
        spent[AFRESH].append(seconds_of(lambda: Session(folder)))
        for one, every in both:
            for name, question in every.items():
                spent[name].append(seconds_of(lambda: question(one, turn)))  # noqa: B023
        for name, work in said.items():
            spent[name].append(seconds_of(work))
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
