"""Numbers that no planner writes, through ``plan``: every world ends in a plan or in words.

``python tests/hostile.py --worlds 1000`` counts how worlds end, and shows those that end in
anything but a plan that verifies, a gap, a contradiction, or inputs refused in words.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from worlds import write_world

from optimizer.errors import ContradictionError, InputError, SolverError
from optimizer.pipeline import plan

HOSTILE = (
    5e-324, 1e-300, 1e-30, 1e-12, -0.0, 0.0, 1.0, 3.0, 1e6, 1e9, 1e12, 2.0**53, 1e16, 1e18,
    1e30, 1e300, sys.float_info.max,
)  # fmt: skip
FINE = ("complete", "gap", "contradiction", "refused", "badly scaled")
SECONDS = 10.0
"""Most processor time that such a small world may take."""


def make_world(seed: int) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Return settings and tables of a small world, some of its numbers hostile."""
    chance = Random(seed)
    often = chance.choice([0.05, 0.15, 0.5])

    def number(usual: float) -> float:
        return chance.choice(HOSTILE) if chance.random() < often else usual

    regions = ["A", "B"][: chance.randint(1, 2)]
    settings = {
        "name": "hostile",
        "periods": ["2024Q1", "2024Q2"][: chance.randint(1, 2)],
        "rounding": number(chance.choice([1, 1, 0.01, 0])),
        "goal": number(100.0),
        "tolerance": {
            "region": chance.choice([0, 1e-12, 0.1, 1]),
            "product": chance.choice([0, 1e-12, 0.1]),
        },
    }
    people = []
    for rep in range(chance.randint(1, 3)):
        row: dict[str, Any] = {"rep": f"rep {rep}", "region": chance.choice(regions)}
        for column, usual, odds in (
            ("capacity", 60.0, 0.5), ("ability", 1.0, 0.3), ("min", 5.0, 0.2),
            ("fte", 1.0, 0.1), ("max_total", 90.0, 0.1),
        ):  # fmt: skip
            row[column] = number(usual) if chance.random() < odds else None
        people.append(row)
    products = [{"product": name, "share": number(1.0)} for name in ("p", "q")]
    if chance.random() < 0.2:
        products = [{**row, "effort": number(1.0)} for row in products]
    tables = {
        "people": people,
        "products": products,
        "regions": [{"region": name, "share": number(1.0)} for name in regions],
    }
    if chance.random() < 0.3:
        tables["potential"] = [{"region": regions[0], "product": "p", "potential": number(30.0)}]
    if chance.random() < 0.3:
        past = {"period": "2023Q1", "product": "p"}
        tables["history"] = [{**past, "region": name, "amount": number(10.0)} for name in regions]
    return settings, tables


def outcome(seed: int) -> str:
    """Plan a world, which verifies it too, and return how it ends."""
    return ending(*make_world(seed))


def ending(settings: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> str:
    """Return how a world ends: warnings are errors here, and so is one that takes long."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as name:
        scenario = write_world(Path(name) / "scenario", settings, **tables)
        end = _ending(scenario)
    seconds = time.process_time() - began
    return end if seconds <= SECONDS else f"slow: {end} after {seconds:.0f} s"


def _ending(scenario: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return plan(scenario).status
        except ContradictionError:
            return "contradiction"
        except InputError as error:
            return "refused" if error.findings else "refused without words"
        except SolverError as error:
            return "badly scaled" if "are badly scaled" in str(error) else f"SolverError: {error}"
        except Exception as error:  # whatever it is, it is counted and shown
            return f"{type(error).__name__}: {error}"


def main(words: list[str] | None = None) -> int:
    """Plan as many worlds as asked for; 1 where any ends badly."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first world")
    asked = parser.parse_args(words)
    ends: Counter[str] = Counter()
    for seed in range(asked.first, asked.first + asked.worlds):
        # A world that never ends shows where it hangs, and ends the script with a failure.
        faulthandler.dump_traceback_later(30 * SECONDS, exit=True)
        end = outcome(seed)
        ends[end.split(":")[0]] += 1
        if end not in FINE:
            print(f"- world {seed}: {end}", flush=True)
    faulthandler.cancel_dump_traceback_later()
    for end, worlds in sorted(ends.items()):
        print(f"{end}: {worlds}")
    return 0 if set(ends) <= set(FINE) else 1


if __name__ == "__main__":
    sys.exit(main())
