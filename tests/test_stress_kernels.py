"""Compiled kernels find the digits of numpy: draws, pay of every shape, blocks and workers."""

from __future__ import annotations

import errno
import importlib
import importlib.util
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.incentives.plan import Cap, Plan
from optimizer.problem.instance import Floats
from optimizer.stress import compiled as choice
from optimizer.stress.blocks import attainment_blocks
from optimizer.stress.compiled import AUTO, COMPILED, MANY, NUMPY, kernels_for
from optimizer.stress.cost import CostModel
from optimizer.stress.course import Course
from optimizer.stress.factors import REPLICATES, stream
from optimizer.stress.groups import build_groups
from optimizer.stress.measures import cost_figures
from optimizer.stress.rules import Shock, Spread, StressRules
from optimizer.stress.simulate import Turn, simulate
from optimizer.stress.world import World, in_single
from tests.pay_random import STARTS, random_worlds
from tests.stress_worlds import (
    BANDS,
    FUND,
    LINE,
    MARGINAL,
    METRICS,
    RETROACTIVE,
    SHAPES,
    exact,
    make_payees,
    make_world,
)
from tests.test_stress_random import stressed

RULES = StressRules(seed=3, metrics=METRICS, spreads=(Spread(mean=0.95, cv=0.3),))
WORLDS, PORTIONS = 120, 4
Told = list[tuple[str, str, Floats]]

needs_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="quotaplan[fast] is not installed"
)


def same(one: Floats, other: Floats) -> bool:
    """Return whether all digits are the same; zeros may differ in their sign."""
    return np.array_equal(one, other, equal_nan=True)


def course_of(world: World, attained: Floats, kernel: str) -> tuple[list[Floats], Told]:
    """Pay attainments, (period, trial, rep) floats; return pay, and what was told."""
    told: Told = []

    def tell(dimension: str, name: str, amounts: Floats) -> None:
        told.append((dimension, name, np.array(amounts).sum(axis=1)))

    kernels = kernels_for(kernel, 1)
    loud, quiet = Course(world, tell, kernels), Course(world, None, kernels)
    paid = []
    for period, attainment in enumerate(attained):
        paid.append(loud.pay(period, attainment.copy()).copy())
        # A plan on the year to date keeps the attainments that it is given.
        assert same(quiet.pay(period, attainment.copy()), paid[-1])
    return paid, told


def pays_the_same(world: World, attained: Floats) -> None:
    world = in_single(world)
    with np.errstate(invalid="ignore", over="ignore"):
        plain, said = course_of(world, attained, NUMPY)
        own, told = course_of(world, attained, COMPILED)
    for one, other in zip(plain, own, strict=True):
        assert one.dtype == other.dtype
        assert same(one, other)
    assert [row[:2] for row in told] == [row[:2] for row in said]
    for row, wanted in zip(told, said, strict=True):
        assert same(row[2], wanted[2]), row[:2]


def near_thresholds(shape: tuple[int, ...], seed: int) -> Floats:
    """Return attainments on thresholds, next to them and anywhere, in single precision."""
    random = np.random.default_rng(seed)
    starts = random.choice(np.array(STARTS, dtype=np.float32), shape)
    beside = np.nextafter(starts, np.float32(random.choice([0, 9])))
    anywhere = random.lognormal(0, 0.4, shape).astype(np.float32)
    found = np.choose(random.integers(0, 3, shape), [starts, beside, anywhere])
    return np.asarray(np.maximum(found, 0), dtype=np.float32)


@needs_numba
@pytest.mark.parametrize("portion", range(PORTIONS))
def test_random_rules_are_paid_to_the_same_digits(portion: int) -> None:
    number = 0
    for seed in range(portion, WORLDS, PORTIONS):
        (written,) = random_worlds(seed, 1)
        try:
            world = stressed(written)
        except InputError:
            continue
        pays_the_same(world, near_thresholds((len(world.target), 9, len(world.region)), seed))
        number += 1
    assert number > 0.9 * WORLDS / PORTIONS


@needs_numba
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered")
def test_every_shape_is_paid_to_the_same_digits(name: str) -> None:
    payees = make_payees(67, 3, periods=3)
    world = make_world(SHAPES[name], RULES, payees, (FUND,))
    pays_the_same(world, near_thresholds((3, 13, 67), 1))
    wild = near_thresholds((3, 13, 67), 2)
    wild.flat[::7] = np.inf
    wild.flat[::11] = np.nan
    wild.flat[::13] = 3e38
    pays_the_same(world, wild)


@needs_numba
@pytest.mark.parametrize("reps", [1, 2, 7])
def test_small_crews_and_rich_plans_are_paid_to_the_same_digits(reps: int) -> None:
    everything = Plan(
        "p",
        commissions=(MARGINAL, RETROACTIVE, MARGINAL),
        bonus=LINE,
        gates=SHAPES["core"].gates,
        cap=Cap(amount=exact(4)),
    )
    bonus = replace(everything, commissions=(), bonus=BANDS, cap=None, gates=())
    for plan in (everything, bonus, replace(everything, bonus=None), Plan("p")):
        world = make_world(plan, RULES, make_payees(reps, 1))
        pays_the_same(world, near_thresholds((1, 5, reps), reps))


@needs_numba
@pytest.mark.parametrize("name", ["core", "rank", "progress", "team", "year to date"])
def test_trials_cost_the_same_for_any_block_and_workers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shock = Shock("rival", 0.7, 0.2, {"region": ("R00",)})
    plans = (
        replace(SHAPES["retroactive"], name="few", match={"role": ("newcomer",)}),
        replace(SHAPES[name], name="many"),
    )
    world = make_world(
        plans, replace(RULES, shocks=(shock,)), make_payees(41, 3, periods=2), (FUND,)
    )
    groups = build_groups(world, REPLICATES)
    plain = simulate(world, 25, groups=groups, kernel=NUMPY)
    for cells in (41 * 7, 2**16):
        own = simulate(world, 25, groups=groups, cells=cells, kernel=COMPILED)
        assert same(own.total, plain.total)
        assert same(own.detail, plain.detail)
    for turn in (Turn(forced=0), Turn(fresh="company"), Turn(closer=0.01)):
        one, other = (simulate(world, 9, turn=turn, kernel=kind) for kind in (NUMPY, COMPILED))
        assert same(one.total, other.total)
    if name == "core":
        monkeypatch.setattr("optimizer.stress.simulate.WORTH_PROCESSES", 0)
        two = simulate(world, 25, groups=groups, kernel=COMPILED, workers=2)
        assert same(two.total, plain.total) and same(two.detail, plain.detail)


@needs_numba
@pytest.mark.parametrize("model", ["lognormal", "gamma"])
def test_blocks_hold_the_same_attainments(model: str) -> None:
    newcomers = Spread(mean=0.5, cv=0.6, match={"role": ("newcomer",)})
    rules = replace(RULES, spreads=(newcomers, Spread(model, 0.9, 0.4)))
    world = make_world(SHAPES["core"], rules, make_payees(333, 4, periods=2))
    for one, other in zip(
        attainment_blocks(world, 400, NUMPY), attainment_blocks(world, 400, COMPILED), strict=True
    ):
        assert (one.replicate, one.rows) == (other.replicate, other.rows)
        assert all(map(same, one.attainment, other.attainment))


@needs_numba
def test_a_million_numbers_are_those_of_numpy() -> None:
    from optimizer.compiled.kernels import Kernels
    from optimizer.compiled.normals import strips

    if sys.platform == "linux":
        assert strips() is not None
    kernels = Kernels()
    for seed in range(4):
        plain, own = stream(seed, 0, 1), stream(seed, 0, 1)
        # Regions of no reps, and odd numbers: half a random integer is left over.
        for trials, size in ((1, [0, 1]), (3, [5, 0, 2]), (501, [499, 0, 2]), (7, [1])):
            shape = trials, sum(size)
            wanted, found = (np.empty(shape, dtype=np.float32) for _ in range(2))
            common = np.arange(trials * len(size), dtype=np.float64).reshape(trials, -1) / 7
            plain.standard_normal(out=wanted, dtype=np.float32)
            wanted *= np.float32(0.6)
            wanted += np.repeat(common.astype(np.float32), size, axis=1)
            kernels.draw(own, 0.6, common, np.array(size), found)
            assert same(wanted, found)
        assert plain.random() == own.random()


@needs_numba
def test_numbers_at_the_limits_of_strips_are_those_of_numpy() -> None:
    from optimizer.compiled.kernels import Kernels
    from optimizer.compiled.normals import strips

    known = strips()
    if known is None:
        pytest.skip("numpy draws by itself on this system")
    nothing, size, kernels = np.zeros((1, 1)), np.array([4]), Kernels()
    plain, own = stream(0, 0), stream(0, 0)
    usual = 5 << 9 | 7
    for strip, limit in enumerate(known[0].tolist()):
        for amount in {max(limit - 1, 0), min(limit, 2**23 - 1)}:
            rare = amount << 9 | strip
            # The first integers of the stream: its first and second state, added up.
            for word in (rare | usual << 32, usual | rare << 32):
                state = plain.bit_generator.state
                state["state"]["state"] = np.array([word, 0, 3, 0], dtype=np.uint64)
                state["has_uint32"] = state["uinteger"] = 0
                plain.bit_generator.state = own.bit_generator.state = state
                found = np.empty((1, 4), dtype=np.float32)
                kernels.draw(own, 1.0, nothing, size, found)
                wanted = plain.standard_normal(4, dtype=np.float32)
                assert same(found[0], wanted), (strip, amount)


@needs_numba
def test_where_numpys_function_is_not_found_numpy_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    from optimizer.compiled import kernels

    world = make_world(SHAPES["core"], RULES, make_payees(20, 3))
    plain = simulate(world, 12, kernel=NUMPY).total
    monkeypatch.setattr(kernels, "strips", lambda: None)
    assert same(simulate(world, 12, kernel=COMPILED).total, plain)


@needs_numba
def test_strips_that_are_not_numpys_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from optimizer.compiled import normals

    found = normals.strips.__wrapped__()
    assert sys.platform != "linux" or found is not None
    monkeypatch.setattr(normals, "_NAME", "no_such_function")
    assert normals.strips.__wrapped__() is None
    monkeypatch.undo()
    monkeypatch.setattr(normals, "_is_known", lambda _: False)
    assert normals.strips.__wrapped__() is None
    if found is not None:
        limit, width = found
        assert not normals._are_numpys(limit, np.nextafter(width, np.float32(9)))
        assert not normals._are_numpys(np.maximum(limit, 1) - 1, -width)


@needs_numba
def test_large_simulations_find_kernels_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels_for(AUTO, MANY - 1) is None
    assert kernels_for(AUTO, MANY) is not None
    world = make_world(SHAPES["rank"], replace(RULES, trials=320), make_payees(30, 3))
    found = []
    for many in (MANY, 0):
        monkeypatch.setattr(choice, "MANY", many)
        model = CostModel(world)
        figures = cost_figures(model.costs())
        by, errors = model.by_group(figures["mean"])
        found.append((figures, by.to_csv(), errors.to_csv(), model.variance()))
    assert found[0] == found[1]


def test_nothing_is_missing_without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_spec", lambda _: None)
    assert kernels_for(AUTO, MANY) is None

    def refuse(name: str) -> None:
        raise ImportError("numba needs another numpy")

    monkeypatch.setattr(choice, "find_spec", lambda _: "found")
    monkeypatch.setattr(choice, "import_module", refuse)
    assert kernels_for(AUTO, MANY) is None
    assert kernels_for(NUMPY, MANY) is None
    with pytest.raises(InputError, match=r"needs another numpy.*quotaplan\[fast\]"):
        kernels_for(COMPILED, 1)
    with pytest.raises(InputError, match='kernel = "gpu": write "auto", "numpy" or "compiled"'):
        kernels_for("gpu", 1)


@needs_numba
def test_functions_that_cannot_be_kept_are_compiled_all_the_same() -> None:
    from optimizer.compiled.just_in_time import compiled

    named: dict[str, Any] = {}
    exec("def doubled(value): return 2 * value", named)
    assert compiled(named["doubled"])(3) == 6


@needs_numba
def test_a_full_disk_keeps_nothing_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from numba.core.caching import FunctionCache

    from optimizer.compiled.just_in_time import compiled

    tried = []

    def no_room(self: object, signature: object, data: object) -> None:
        tried.append(signature)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FunctionCache, "_save_overload", no_room)
    doubled = compiled(twice)
    assert (doubled(3), doubled(2.5)) == (6, 5.0)
    assert len(tried) == 2


def twice(value: float) -> float:
    return 2 * value


@needs_numba
def test_without_a_compiler_kernels_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    from optimizer.compiled import just_in_time

    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    with pytest.raises(ImportError, match="NUMBA_DISABLE_JIT is set"):
        importlib.reload(just_in_time)
