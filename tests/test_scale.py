"""What makes large plans quick, against the slow and plain ways: same plans, same limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Person, Where, make_instance

from optimizer.model.filled import solve_filled
from optimizer.model.members import read_entries, read_wholes
from optimizer.model.pooled import solve_pooled
from optimizer.model.pools import read_pools
from optimizer.model.region_bands import RegionBands
from optimizer.model.rules import read_rules
from optimizer.model.solve import solve_decomposed
from optimizer.problem.instance import Floats, Instance, RegionTree, Slices
from optimizer.results import whole_cells
from optimizer.results.rounding import round_plan
from optimizer.results.whole_cells import round_cells

LIGHT = settings(max_examples=40, deadline=None)
PERIODS = {"Q1": 0.3, "Q2": 0.7}
PRODUCTS = {"a": 0.5, "b": 0.3, "c": 0.2}


@st.composite
def trees(draw: st.DrawFn) -> RegionTree:
    """Draw a tree with its leaves in any order."""
    parent = [-1, *(draw(st.integers(0, node)) for node in range(draw(st.integers(1, 15))))]
    leaves = draw(st.permutations([node for node in range(len(parent)) if node not in parent]))
    return RegionTree(tuple(map(str, range(len(parent)))), np.array(parent), np.array(leaves))


def covers(tree: RegionTree) -> np.ndarray:
    """Return which leaves lie below each node, walking up from every leaf."""
    below = np.zeros((len(tree.parent), len(tree.leaf_node)), dtype=bool)
    for leaf, start in enumerate(tree.leaf_node):
        node = start
        while node >= 0:
            below[node, leaf] = True
            node = tree.parent[node]
    return below


def large(
    seed: int,
    *,
    goal: float = 1.0,
    width: float | None = 0.05,
    over: float = 0.0,
    room: tuple[float, float] = (0.9, 1.6),
) -> Instance:
    """Return a world of 24 regions in 5 areas; `goal` 1 leaves room, 2 is out of reach.

    Capacities and potentials lie around what would be given if nothing bound.
    """
    rng = np.random.default_rng(seed)
    names = [f"R{number:02}" for number in range(24)]
    amount = rng.uniform(200, 900, len(names)).round()
    parents = {name: f"Area {number // 5}" for number, name in enumerate(names)}
    total = float(amount.sum()) * len(PERIODS)
    people, potentials = [], []
    for name, one in zip(names, amount, strict=True):
        for rep in range(3):
            whole = one * total / amount.sum() / 3
            high = np.floor(whole * rng.uniform(*room) * 0.7)
            people.append(Person(f"{name}-{rep}", name, high=high, low=np.floor(high * 0.1)))
        for period, season in PERIODS.items():
            for product, mix in PRODUCTS.items():
                market = one * total / amount.sum() * season * mix * rng.uniform(0.9, 1.8)
                potentials.append((Where(period, name, product), float(np.floor(market))))
    bands = [
        (f"{kind}_share", where(name), Where(), share - 0.02, share + 0.02)
        for kind, shares, where in (
            ("period", PERIODS, lambda name: Where(period=name)),
            ("product", PRODUCTS, lambda name: Where(product=name)),
        )
        for name, share in shares.items()
    ]
    if width is not None:
        areas = {area: sum(a for n, a in zip(names, amount, strict=True) if parents[n] == area)
                 for area in sorted(set(parents.values()))}  # fmt: skip
        shares = {(area, "*"): size / amount.sum() for area, size in areas.items()}
        shares |= {(n, parents[n]): a / areas[parents[n]]
                   for n, a in zip(names, amount, strict=True)}  # fmt: skip
        bands += [
            ("region_share", Where(region=name), Where(region=above), share - width, share + width)
            for (name, above), share in shares.items()
        ]
    return make_instance(
        dict(zip(names, amount, strict=True)), np.floor(goal * total * 0.85), products=PRODUCTS,
        periods=PERIODS, parents=parents, people=people, bands=bands, potentials=potentials,
        over_rep=over,
    )  # fmt: skip


@LIGHT
@given(trees())
def test_a_tree_knows_what_lies_below(tree: RegionTree) -> None:
    below = covers(tree)
    assert (tree.covers == below).all()
    values = np.arange(2 * len(tree.leaf_node)).reshape(-1, 2)
    assert (tree.sums(values) == below @ values).all()
    for node in range(len(tree.parent)):
        assert tree.below(node).tolist() == np.flatnonzero(below[node]).tolist()


@LIGHT
@given(trees(), st.integers(0, 2**32 - 1))
def test_bands_of_a_tree_are_solved_as_a_matrix_would_be(tree: RegionTree, seed: int) -> None:
    rng = np.random.default_rng(seed)
    share = rng.uniform(0.5, 2.0, len(tree.parent))
    share /= np.bincount(tree.parent[1:], share[1:], len(share))[np.maximum(tree.parent, 0)]
    share[0] = 0.0
    number = np.arange(len(share))
    bands = RegionBands(tree, share, share, number > 0, number - 1)
    tied, side = (rng.random(len(share)) < 0.8) & (number > 0), np.ones(len(share), dtype=int)
    give = rng.uniform(0.1, 3.0, len(tree.leaf_node))
    below = covers(tree).astype(float)
    table = below - share[:, None] * below[np.maximum(tree.parent, 0)]
    price = np.where(tied, rng.normal(size=len(share)), 0.0)
    wanted = (table * give) @ (table.T @ price)
    found = bands.solve(tied, side, give, wanted[:, None])
    assert bands.worth(found[:, 0], side) == pytest.approx(table.T @ found[:, 0], abs=1e-9)
    moved = (table * give) @ (table.T @ found[:, 0])
    assert moved[tied] == pytest.approx(wanted[tied], abs=1e-9)
    assert not found[~tied].any()


def test_cells_of_slices_are_those_of_each_row_alone() -> None:
    instance = large(1)
    closed = instance.reference.copy()
    closed[3, :, 1] = 0.0
    instance = replace(instance, reference=closed)
    rng = np.random.default_rng(2)
    rows = 60
    slices = Slices(
        period=rng.integers(-1, 2, rows),
        region=rng.integers(0, len(instance.tree.names), rows),
        product=rng.integers(-1, 3, rows),
    )
    position = np.cumsum(instance.reference.ravel() > 0) - 1
    position[instance.reference.ravel() <= 0] = -1
    entries = read_entries(instance, slices, position)
    wholes = read_wholes(instance, slices, position)
    values = rng.random(int((position >= 0).sum()))
    for row in range(rows):
        mine = position[instance.members(slices, row)].tolist()
        assert sorted(entries.cell[entries.row == row].tolist()) == mine
        assert sorted(wholes.each.cell[wholes.each.row == row].tolist()) == mine
    assert wholes.sums(values) == pytest.approx(entries.sums(values, rows))
    prices = rng.random(rows)
    spread = entries.spread(prices, len(values))
    assert wholes.spread(prices, len(values)) == pytest.approx(spread)


@pytest.mark.parametrize("width", [0.0, 0.001, 0.01, 0.05, None])
@pytest.mark.parametrize("over", [0.0, 0.03])
def test_bands_on_every_region_bind_as_in_the_program(width: float | None, over: float) -> None:
    instance = large(3, goal=0.95, width=width, over=over, room=(1.4, 1.8))
    found, _ = solve_decomposed(instance)
    program = solve_pooled(instance)
    assert found is not None
    assert found.objective == pytest.approx(program.objective, rel=1e-6)
    assert np.abs(found.placed - program.placed).max() < 1e-2


@pytest.mark.parametrize("over", [0.0, 0.05])
@pytest.mark.parametrize("seed", [4, 5])
def test_a_goal_out_of_reach_fills_every_region(seed: int, over: float) -> None:
    instance = large(seed, goal=3.0, width=0.2, over=over)
    found = solve_filled(instance, read_rules(instance), read_pools(instance))
    program = solve_pooled(instance)
    assert found is not None and found.ask is not None and found.placed_most is not None
    assert found.placed_most == pytest.approx(program.placed_most, rel=1e-8)
    assert found.street_most == pytest.approx(program.street_most, rel=1e-8)
    assert found.objective == pytest.approx(program.objective, rel=1e-6)
    assert found.objective - found.bound <= 1e-9 * found.bound
    assert found.ask == pytest.approx(program.ask.ravel()[instance.reference.ravel() > 0], abs=1e-2)


def test_markets_alone_are_filled_where_nobody_works() -> None:
    instance = replace(large(4, goal=3.0, width=0.2), reps=None, groups=None)
    found = solve_filled(instance, read_rules(instance), None)
    program = solve_pooled(instance)
    assert found is not None
    assert found.rep_total is None
    assert found.placed_most == pytest.approx(instance.potentials.usable.sum())
    assert found.placed_most == pytest.approx(program.placed_most, rel=1e-8)
    assert found.street_most == program.street_most == 0.0
    assert found.objective == pytest.approx(program.objective, rel=1e-6)


def test_a_goal_that_can_be_placed_is_not_filled() -> None:
    instance = large(6, room=(1.4, 1.8))
    assert solve_filled(instance, read_rules(instance), read_pools(instance)) is None


def test_bands_that_no_full_plan_keeps_are_left_to_the_program() -> None:
    instance = large(4, goal=1.3, width=0.0)
    assert solve_filled(instance, read_rules(instance), read_pools(instance)) is None


def walked(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> tuple[Floats, np.ndarray]:
    """Return the exact plan and the whole one that a walk along the tree makes of it."""
    monkeypatch.setattr(whole_cells, "CHAINED", 0)
    monkeypatch.setattr(whole_cells, "_round_placed", None)
    exact, _ = solve_decomposed(instance)
    assert exact is not None
    rules, pools = read_rules(instance), read_pools(instance)
    whole = round_cells(instance, rules, pools, exact.ask, exact.placed, exact.placed_most)
    assert (whole.ask == whole.placed).all()
    return exact.placed, whole.placed


@pytest.mark.parametrize("width", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(7, 11))
def test_a_walk_keeps_every_total_near(
    seed: int, width: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = large(seed, goal=0.95, width=width, room=(1.4, 1.8))
    exact, whole = walked(instance, monkeypatch)
    assert whole.sum() == instance.goal
    off = whole - exact
    assert np.abs(off).max() < 1 + 1e-6
    assert np.abs(off.sum(axis=2)).max() < 1 + 1e-6
    assert np.abs(instance.tree.sums(off.sum(axis=(1, 2)))).max() < 1 + 1e-6
    for axis in (1, 2):
        assert np.abs(instance.tree.sums(off.sum(axis=axis))).max() < 2.5
    limits = instance.potentials.usable
    for row in range(len(limits)):
        cells = instance.members(instance.potentials.slices, row)
        assert whole.ravel()[cells].sum() <= limits[row]


def test_a_walk_and_reps_keep_limits_at_every_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_cells, "CHAINED", 0)
    instance = large(12)
    stretch = replace(instance, goal=instance.stretch_goal, reference=instance.reference * 1.2)
    exact, _ = solve_decomposed(instance)
    assert exact is not None and instance.reps is not None
    plan = round_plan(instance, exact, stretch)
    assert plan.cells is not None
    assert plan.cells.sum() == plan.placed.sum() == instance.goal
    total = plan.cells.sum(axis=2)
    assert (total <= instance.reps.high).all() and (total >= instance.reps.low).all()
    assert (plan.floor <= plan.cells).all() and (plan.cells <= plan.stretch).all()
    assert plan.floor.sum() == round(instance.floor_goal)
    assert (plan.stretch.sum(axis=2) <= instance.reps.high).all()
    assert plan.stretch.sum() == plan.stretch_placed <= instance.stretch_goal
