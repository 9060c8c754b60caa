"""quotaplan's allocation alone: from the problem in memory to the amounts of every rep."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

from benchmarks.peer_list import INSTANCE
from benchmarks.peer_world import Answer, Clock
from optimizer.model.solve import solve


def run(folder: Path, clock: Clock) -> Answer:
    """Plan by the quickest way that reaches."""
    with clock("read"), (folder / INSTANCE).open("rb") as stream:
        instance = pickle.load(stream)
    with clock("solve"):
        found = solve(instance)
    with clock("read back"):
        plan = found.allocation
        assert plan.volume is not None and plan.rep_total is not None
        mix = plan.volume / plan.volume.sum(axis=2, keepdims=True)
        cells = plan.rep_total[:, :, None] * mix[instance.reps.group]
    return Answer(plan.ask, np.asarray(cells))
