"""The floor: what it takes to read the inputs, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.peer_list import SCENARIO
from benchmarks.peer_world import Clock


def run(folder: Path, clock: Clock) -> None:
    """Read every table of the scenario by pandas."""
    with clock("read"):
        for path in sorted((folder / SCENARIO).glob("*.csv")):
            pd.read_csv(path)
