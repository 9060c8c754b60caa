"""The benchmark of peers compares like with like: same rules, same F, nothing hidden."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peer_pieces, peer_prepare
from benchmarks.instances import write_scenario
from benchmarks.peer_check import add_up, check
from benchmarks.peer_list import CONTENDERS, FLOOR, OURS, PLAN, Contender
from benchmarks.peer_runs import Place, Series, Task, run_once
from benchmarks.peer_table import differences, notes, seconds, table
from benchmarks.peer_world import Answer, Clock, World
from benchmarks.peers import chosen, page, read_options, why_not
from benchmarks.timing import ROOT
from optimizer.inputs.load import load_scenarios
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance

LAYERS = [one for one in CONTENDERS if one.module not in ("", "peer_ours", "peer_floor")]
POSIX = pytest.mark.skipif(not hasattr(os, "wait4"), reason="processes are timed by wait4")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("peers")
    peer_prepare.prepare(path, 40, 7)
    return path


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return World.load(folder)


@pytest.fixture(scope="module")
def ours(folder: Path) -> Answer:
    answer = importlib.import_module("benchmarks.peer_ours").run(folder, Clock())
    assert isinstance(answer, Answer)
    return answer


def instance_of(folder: Path) -> Instance:
    return build_instance(load_scenarios(folder).scenarios[0])


def run_peer(contender: Contender, world: World, pieces: str) -> tuple[Answer, int, Clock]:
    if contender.lacking:
        pytest.skip(f"not installed: {', '.join(contender.lacking)}")
    peer, clock = importlib.import_module(f"benchmarks.{contender.module}"), Clock()
    variant = "simplex" if contender.variant == "highs" else contender.variant
    way = "squared" if contender.squared else pieces
    answer, programs = peer_pieces.plan(peer.run, world, way, variant, clock)
    return answer, programs, clock


@pytest.mark.parametrize("pieces", ["refined", "known"])
@pytest.mark.parametrize("contender", LAYERS, ids=lambda one: one.name)
def test_every_peer_finds_the_same_plan(contender: Contender, pieces: str, world: World) -> None:
    answer, programs, clock = run_peer(contender, world, pieces)
    assert differences(check(world, answer)) == []
    assert programs == (4 if pieces == "refined" and not contender.squared else 1)
    assert {"build", "hand over", "solve", "read back"} <= set(clock.seconds)
    assert min(clock.seconds.values()) > 0


def test_even_pieces_are_coarse_and_keep_all_rules(world: World) -> None:
    peer = next(one for one in LAYERS if one.name == "highspy-simplex")
    answer, programs, _ = run_peer(peer, world, "even")
    found = check(world, answer)
    assert programs == 1
    assert float(found["fairness_off"]) > 1e-4
    assert float(found["violation"]) < 1e-9


def test_our_plan_is_checked_like_any_other(world: World, ours: Answer) -> None:
    found = check(world, ours)
    assert found["fairness"] == pytest.approx(world.fairness, rel=1e-12)
    assert differences(found) == []


def without_shares(world: World) -> World:
    free = {"period": 4, "product": 5, "area": 1, "leaf": 2}
    bands = {f"{axis}_band": np.tile([0.0, 1.0], (size, 1)) for axis, size in free.items()}
    return replace(world, **bands)


DAMAGES = {
    "goal": lambda world, ask: (replace(without_shares(world), goal=1.01 * world.goal), ask),
    "period shares": lambda world, ask: (replace(world, period_band=np.full((4, 2), 0.3)), ask),
    "product shares": lambda world, ask: (replace(world, product_band=np.full((5, 2), 0.1)), ask),
    "area shares": lambda world, ask: (replace(world, area_band=np.full((1, 2), 0.5)), ask),
    "leaf shares": lambda world, ask: (replace(world, leaf_band=np.full((2, 2), 0.9)), ask),
    "backing": lambda world, ask: (replace(world, goal=0.9 * world.goal), 0.9 * ask),
    "potential": lambda world, ask: (replace(world, potential=0.5 * world.potential), ask),
    "capacity": lambda world, ask: (replace(world, high=0.5 * world.high), ask),
    "min": lambda world, ask: (replace(world, low=2.0 * world.high), ask),
}


@pytest.mark.parametrize("rule", DAMAGES)
def test_a_broken_rule_is_seen(rule: str, world: World, ours: Answer) -> None:
    damaged, ask = DAMAGES[rule](world, ours.ask)
    found = check(damaged, Answer(ask, ours.cells))
    assert found["rule"] == rule
    assert any(line.startswith(f"{rule} broken") for line in differences(found))


def test_a_negative_cell_and_a_missing_amount_are_seen(world: World, ours: Answer) -> None:
    cells = ours.cells.copy()
    cells[0, 0] += np.array([-900.0, 900.0, 0.0, 0.0, 0.0])
    assert check(world, Answer(ours.ask, cells))["violation"] > 1.0
    lines = differences(check(world, Answer(ours.ask, 0.9 * ours.cells)))
    assert any("of what can be placed is missing" in line for line in lines)


@pytest.mark.parametrize("cut", ["evenly", "around"])
def test_pieces_cost_what_the_squares_cost(cut: str, world: World) -> None:
    pieces = (
        peer_pieces.evenly(world)
        if cut == "evenly"
        else peer_pieces.around(world, world.best_placed, world.best_total, 0.01)
    )
    for breaks, costs, reference, low, high in (
        (pieces.total_breaks, pieces.total_costs, world.rep_reference, world.low, world.high),
        (pieces.cell_breaks, pieces.cell_costs, world.reference, 0.0, world.potential),
    ):
        widths = np.diff(breaks)
        assert (widths >= 0).all() and (np.diff(costs) >= -1e-12).all()
        np.testing.assert_allclose(breaks[..., 0], np.broadcast_to(low, reference.shape))
        np.testing.assert_allclose(breaks[..., -1], high)
        squares = (breaks - reference[..., None]) ** 2 / reference[..., None]
        rise = (costs * widths).sum(axis=-1)
        np.testing.assert_allclose(rise, squares[..., -1] - squares[..., 0], atol=1e-9)


def test_amounts_are_added_up_by_label() -> None:
    values = np.arange(12.0).reshape(3, 2, 2)
    sums = add_up(values, np.array([1, 0, 1]), 3)
    np.testing.assert_array_equal(sums[0], values[1])
    np.testing.assert_array_equal(sums[1], values[0] + values[2])
    np.testing.assert_array_equal(sums[2], 0.0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("locks.csv", "period,region,amount\n2024Q1,R0000,1000\n"),
        ("shares.csv", "period,product,share\n2024Q1,Core,0.3\n"),
        ("potential.csv", "region,potential\nR0000,20000\nR0001,20000\n"),
    ],
)
def test_rules_that_the_peers_are_not_told_are_refused(
    name: str, text: str, tmp_path: Path
) -> None:
    write_scenario(tmp_path, 40)
    peer_prepare.world_of(instance_of(tmp_path))
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="peers of this benchmark"):
        peer_prepare.world_of(instance_of(tmp_path))


@POSIX
def test_a_run_is_stopped_at_its_limit_and_failures_are_told(tmp_path: Path) -> None:
    place = Place(tmp_path, None, None, 30.0)
    assert place.run(["-c", "import time; time.sleep(60)"], 0.3).code == -9
    if sys.platform == "linux":
        small = replace(place, memory=1e9)
        assert "MemoryError" in small.run(["-c", "bytearray(2 * 10**9)"]).said
    missing = Contender("missing", "missing", "no_such_module")
    series = Series()
    run_once(missing, Task(tmp_path, "known", "simplex", 1.0), place, series)
    assert "no_such_module" in series.failed
    assert not series.is_open


def test_whoever_starts_the_peers_stays_small() -> None:
    code = "import benchmarks.peers, sys; print({'numpy', 'optimizer'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@POSIX
def test_a_process_tells_its_stages_and_what_its_plan_is_worth(folder: Path) -> None:
    place = Place(folder, None, None, 60.0)
    task, found = Task(folder, "known", "simplex", World.load(folder).fairness), {}
    for contender in chosen(["highspy-simplex"]):
        found[contender.name] = Series()
        run_once(contender, task, place, found[contender.name])
        assert found[contender.name].is_open, found[contender.name].failed
    run = found["highspy-simplex"].runs[0]
    assert 0 < sum(run["seconds"].values()) < run["whole"]
    assert run["memory"] > 1e7 and run["processor"] > 0
    assert abs(found[PLAN].runs[0]["fairness_off"]) < 1e-4
    assert notes(found) == []
    assert "worst breach" in page({40: found}, {40: {"fairness": task.best}})


def test_a_stopped_peer_is_told_and_not_tried_again() -> None:
    contender = LAYERS[0]
    run = {"seconds": {"solve": 0.5}, "whole": 2.0, "processor": 1.0, "memory": 1e8}
    found = {name: Series([run]) for name in (PLAN, OURS, FLOOR)}
    found[contender.name] = Series(stopped_after=300.0)
    row = next(line for line in table(found).splitlines() if contender.label in line)
    assert "stopped" in row and row.endswith("| > 300 | – | – | – | – | > 150 | > 600 |")
    assert "300" in why_not(contender, [found])
    assert why_not(LAYERS[1], [{LAYERS[1].name: Series()}]) == ""


def test_what_is_not_installed_is_named() -> None:
    absent = Contender("absent", "absent", "peer_absent", needs=("no_such_package",))
    assert why_not(absent, []) == "not installed: no_such_package"


def test_seconds_have_three_digits() -> None:
    assert [seconds(value) for value in (0.012345, 1.2345, 123.45, 0.0)] == [
        "0.0123",
        "1.23",
        "123",
        "–",
    ]


@pytest.mark.parametrize(
    "arguments", [["--only", "no-such-peer"], ["--sizes", "1"], ["--sizes", "x"]]
)
def test_wrong_options_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_options(arguments)
    assert "error" in capsys.readouterr().err
