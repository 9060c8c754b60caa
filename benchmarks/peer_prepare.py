"""Make what the peers are given: ``python -m benchmarks.peer_prepare FOLDER REPS SEED``.

Writes into FOLDER the scenario, its arrays for the peers (`peer_world`), and the same problem
as quotaplan keeps it in memory.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import numpy as np

from benchmarks.instances import write_scenario
from benchmarks.peer_list import INSTANCE, SCENARIO
from benchmarks.peer_world import Floats, Ints, World
from optimizer.inputs.load import load_scenarios
from optimizer.model.solve import solve
from optimizer.problem.build import build_instance
from optimizer.problem.instance import ALL, Instance, Slices


def prepare(folder: Path, reps: int, seed: int) -> dict[str, float]:
    """Write scenario, arrays and instance of `reps` reps into a folder; return its facts."""
    write_scenario(folder / SCENARIO, reps, seed)
    instance = build_instance(load_scenarios(folder / SCENARIO).scenarios[0])
    with (folder / INSTANCE).open("wb") as stream:
        pickle.dump(instance, stream)
    world = world_of(instance)
    world.save(folder)
    size = sum(path.stat().st_size for path in (folder / SCENARIO).iterdir())
    return {
        "goal": world.goal,
        "placed_most": world.placed_most,
        "fairness": world.fairness,
        "input_bytes": size,
    }


def world_of(instance: Instance) -> World:
    """Return the arrays of an instance, with its best plan.

    Raises
    ------
    ValueError
        Where the instance has a rule that the peers are not told of.
    """
    _refuse_other_rules(instance)
    assert instance.reps is not None
    reps, tree = instance.reps, instance.tree
    parent = tree.parent[tree.leaf_node]
    areas, area = np.unique(parent, return_inverse=True)
    best = solve(instance).allocation
    assert best.rep_total is not None
    return World(
        reference=instance.reference,
        potential=_potential(instance),
        area=area.reshape(-1),
        leaf=reps.leaf,
        rep_reference=reps.reference,
        low=reps.low,
        high=reps.high,
        period_band=_band(instance, "period", np.arange(len(instance.periods))),
        product_band=_band(instance, "product", np.arange(len(instance.products))),
        area_band=_band(instance, "region", areas),
        leaf_band=_band(instance, "region", tree.leaf_node),
        goal=instance.goal,
        best_placed=best.placed,
        best_total=best.rep_total,
        placed_most=best.placed_most,
        fairness=best.objective,
    )


def _refuse_other_rules(instance: Instance) -> None:
    """Refuse what the arrays cannot say: the peers must plan under the same rules."""
    reps, groups, tree = instance.reps, instance.groups, instance.tree
    plain = (
        reps is not None
        and groups is not None
        and bool(groups.sells.all())
        and bool((instance.reference > 0).all())
        and bool((reps.reference > 0).all())
        and bool(np.isfinite(reps.high).all())
        and instance.over_region == instance.over_rep == 0.0
        and len(instance.region_locks.amount) == len(instance.rep_locks.amount) == 0
        and bool((tree.parent[tree.parent[tree.leaf_node]] == 0).all())
        and set(instance.bands.kind) <= {"period_share", "product_share", "region_share"}
    )
    if not plain:
        raise ValueError("The scenario has rules that the peers of this benchmark do not know.")


def _band(instance: Instance, axis: str, labels: Ints) -> Floats:
    """Return the lowest and highest share of each label, (label, 2)."""
    bands = instance.bands
    chosen = np.array([kind == f"{axis}_share" for kind in bands.kind])
    row_of = {int(getattr(bands.part, axis)[row]): row for row in np.flatnonzero(chosen)}
    rows = [row_of.get(int(label)) for label in labels]
    limits = [(0.0, 1.0) if row is None else (bands.low[row], bands.high[row]) for row in rows]
    return np.clip(np.array(limits, dtype=float), 0.0, 1.0)


def _potential(instance: Instance) -> Floats:
    """Return the usable potential of each cell.

    Raises
    ------
    ValueError
        Where a row of potential is wider than one cell, or a cell has none.
    """
    slices: Slices = instance.potentials.slices
    leaf_of = np.full(len(instance.tree.names), ALL)
    leaf_of[instance.tree.leaf_node] = np.arange(len(instance.tree.leaf_node))
    place = (leaf_of[slices.region], slices.period, slices.product)
    potential = np.full(instance.reference.shape, np.nan)
    if all((axis != ALL).all() for axis in place):
        potential[place] = instance.potentials.usable
    if np.isnan(potential).any():
        raise ValueError("The peers of this benchmark need one potential per cell.")
    return potential


if __name__ == "__main__":
    print(json.dumps(prepare(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
