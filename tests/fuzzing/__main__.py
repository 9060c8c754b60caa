"""Break inputs until a reader breaks: ``python -m tests.fuzzing --target toml --executions 9999``.

With ``--guided`` and `atheris <https://pypi.org/project/atheris>`_ installed, the same targets are
led by the lines that an input reaches; without it inputs are broken by chance alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


def main() -> int:
    """Run a campaign and return 1 where it found failures."""
    options = _options()
    if options.guided:
        return _guided(options)
    from tests.fuzzing.campaign import Campaign, execute, keep
    from tests.fuzzing.targets import Workshop, targets

    def report(done: int, campaign: Campaign) -> None:
        if done % 8192 == 0:
            print(f"{done:,} in {campaign.seconds:,.0f} s", dict(campaign.outcomes), flush=True)

    with tempfile.TemporaryDirectory(prefix="fuzzing-", dir=options.scratch) as scratch:
        makers = targets(Workshop(Path(scratch)))
        target = makers[options.target]()
        campaign = execute(
            options.target, target, options.executions, options.seed,
            first=options.first, limit=options.seconds, report=report,
        )  # fmt: skip
        for place, (kind, data, failure) in campaign.failures.items():
            path = keep(options.keep / options.target, target, kind, data, failure)
            print(f"{place}\n  {path}\n{failure.text}", flush=True)
    told = {
        "target": options.target, "seed": options.seed, "executions": campaign.executions,
        "seconds": round(campaign.seconds, 1), "slowest": round(campaign.slowest, 2),
        **campaign.outcomes, "failures": sorted(campaign.failures),
    }  # fmt: skip
    print(json.dumps(told))
    return 1 if campaign.failures else 0


def _guided(options: argparse.Namespace) -> int:
    """Lead the target in a process of its own, which ends where a failure is found."""
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: pip install atheris, or leave out --guided")
        return 2
    seconds = 0 if math.isinf(options.seconds) else math.ceil(options.seconds)
    with tempfile.TemporaryDirectory(prefix="fuzzing-", dir=options.scratch) as scratch:
        kept = options.keep / options.target
        told = (options.target, options.executions, seconds, options.seed, scratch, str(kept))
        words = [str(each) for each in told]
        return subprocess.run([sys.executable, "-m", "tests.fuzzing.guided", *words]).returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--target", required=True, help="Which reader.")
    parser.add_argument("--executions", type=int, default=10_000, help="How many inputs.")
    parser.add_argument("--seed", type=int, default=1, help="Another seed, other inputs.")
    parser.add_argument("--first", type=int, default=0, help="Number of the first input.")
    parser.add_argument("--seconds", type=float, default=math.inf, help="Stop after so long.")
    parser.add_argument("--keep", type=Path, default=CORPUS, help="Folder for failing inputs.")
    parser.add_argument("--scratch", help="Folder for broken files; in memory is fastest.")
    parser.add_argument("--guided", action="store_true", help="Led by coverage (needs atheris).")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
