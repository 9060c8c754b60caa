"""Promises of a plan, held against random worlds."""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from strategies import World, worlds
from worlds import write_world

from optimizer.errors import ContradictionError, InputError
from optimizer.pipeline import PlanResult, plan
from optimizer.verify.verify import verify_run

EXAMPLES = int(os.environ.get("QUOTAPLAN_EXAMPLES", "16"))
LIGHT = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
HEAVY = settings(max_examples=max(EXAMPLES // 4, 1), suppress_health_check=list(HealthCheck))
CERTIFIED = 1e-4


def planned(world: World, folder: Path, **options: object) -> PlanResult | None:
    """Plan a world; None where its inputs contradict each other."""
    scenario = write_world(folder / "scenario", world.settings, **world.tables)
    try:
        return plan(scenario, folder / "run", **options)  # type: ignore[arg-type]
    except ContradictionError as error:
        event("contradiction")
        assert error.changes, "a contradiction must say what would help"
    except InputError as error:
        event("input error")
        assert error.findings
    return None


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every output table."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".csv", ".toml"))
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@LIGHT
@given(worlds())
def test_every_written_plan_passes_verify(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        result = planned(world, Path(name))
        if result is None:
            return
        event(result.status)
        found = verify_run(Path(name) / "run")
        assert not found.failures, [failure.text for failure in found.failures]


@HEAVY
@given(worlds())
def test_joint_and_pooled_agree(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        pooled = planned(world, Path(name))
        assume(pooled is not None)
        joint = planned(world, Path(name) / "joint", method="joint")
        assert pooled is not None and joint is not None
        for one, other in zip(pooled.measures, joint.measures, strict=True):
            scale = max(one.summary["bound"], 1e-6 * one.summary["goal"])
            assert abs(one.summary["objective"] - other.summary["objective"]) <= (
                2 * CERTIFIED * scale
            )
            for total in ("placed", "gap"):
                assert one.summary[total] == other.summary[total], total


@HEAVY
@given(worlds(), st.integers(0, 2**16))
def test_order_of_rows_changes_nothing(world: World, seed: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        first = planned(world, Path(name))
        assume(first is not None)
        shuffled = World(
            world.settings, {table: list(rows) for table, rows in world.tables.items()}
        )
        for rows in shuffled.tables.values():
            random.Random(seed).shuffle(rows)
        planned(shuffled, Path(name) / "again")
        tables = hashes(Path(name) / "run")
        again = hashes(Path(name) / "again" / "run")
        for table in ("targets.csv", "rollup.csv", "gaps.csv", "limits.csv", "prices.csv"):
            assert tables[table] == again[table], table


@LIGHT
@given(worlds())
def test_equals_are_treated_equally(world: World) -> None:
    people = world.tables.get("people", [])
    assume(bool(people) and not any(row.get("rep") for row in world.tables.get("history", [])))
    locked = {row.get("rep") for row in world.tables.get("locks", [])}
    special = locked | {row["rep"] for row in world.tables.get("capacity", [])}
    alike: dict[tuple[str, ...], list[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        result = planned(world, Path(name))
        assume(result is not None)
        assert result is not None
        known = result.main.scenario.table("people")
        assert known is not None
        for row in known.drop(columns="team").to_dict("records"):
            if row["rep"] not in special:
                key = tuple(str(value) for column, value in row.items() if column != "rep")
                alike.setdefault(key, []).append(row["rep"])
        totals = result.main.targets.pivot_table(
            index="rep", columns="period", values="target", aggfunc="sum"
        )
        for names in alike.values():
            group = totals.reindex(names).fillna(0.0)
            spread = float(np.ptp(group.to_numpy(), axis=0).max(initial=0.0))
            assert spread <= result.main.instance.unit * (1 + 1e-6), names


@HEAVY
@given(worlds())
def test_two_runs_give_the_same_bytes(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        assume(planned(world, Path(name)) is not None)
        planned(world, Path(name) / "again")
        assert hashes(Path(name) / "run") == hashes(Path(name) / "again" / "run")


@LIGHT
@given(st.data())
def test_shares_out_of_reach_still_make_a_plan(data: st.DataObject) -> None:
    """Markets that do not exist may put blank shares out of reach; the plan still verifies."""
    regions, periods = ("A", "B", "C"), ("one", "two", "three")
    closed = data.draw(st.sets(st.sampled_from([(r, q) for r in regions for q in periods])))
    amounts = data.draw(st.lists(st.integers(0, 400), min_size=9, max_size=9))
    history = [
        {"region": region, "period": period, "amount": amount}
        for (region, period), amount in zip(
            ((r, q) for r in regions for q in periods), amounts, strict=True
        )
    ]
    assume(sum(amounts) > 0)
    world = World(
        {"name": "reach", "periods": periods, "goal": data.draw(st.integers(10, 5000))},
        {
            "history": history,
            "people": [{"rep": f"Rep {region}", "region": region} for region in regions],
            "potential": [
                {"region": region, "period": period, "potential": 0} for region, period in closed
            ],
        },
    )
    with tempfile.TemporaryDirectory() as name:
        result = planned(world, Path(name))
        assert (result is None) == (len(closed) == len(regions) * len(periods))
