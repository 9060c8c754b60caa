"""Break inputs until a reader breaks: ``python -m tests.fuzzing --target toml --executions 9999``.

With ``--guided`` and `atheris <https://pypi.org/project/atheris>`_ installed, the same targets are
led by the lines that an input reaches; without it inputs are broken by chance alone.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


def main() -> int:
    """Run a campaign and return 1 where it found failures."""
    options = _options()
    if options.guided:
        from tests.fuzzing.guided import lead

        lead(options.target, options.executions, options.seed)
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
