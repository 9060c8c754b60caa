"""Every target explained: the steps add up to it, and they say what is true."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from instances import Person, Where, make_instance, region_bands
from strategies import World, worlds
from worlds import PLANNED, SCENARIOS, write_world

from optimizer.errors import ContradictionError, InputError
from optimizer.explain.explanation import Explanation, explain_run
from optimizer.explain.moves import add_moves
from optimizer.explain.rep_waterfalls import REP_STEPS, rep_waterfalls
from optimizer.explain.sentences import cell_sentence, rep_sentence
from optimizer.explain.text import render_explanation
from optimizer.explain.waterfalls import CELL_STEPS, read_moves, region_waterfalls
from optimizer.inputs.load import load_scenarios
from optimizer.model.allocation import Allocation
from optimizer.model.contradiction import check_limits
from optimizer.model.joint import solve_joint
from optimizer.model.pooled import solve_pooled
from optimizer.pipeline import PlanResult, plan
from optimizer.problem.build import build_instance, stretch_instance
from optimizer.problem.instance import Instance
from optimizer.results.rounding import WholePlan, round_plan

Steps = dict[str, float]
REFERENCE = {"equal share", "ability", "resource", "ramp", "over-assignment"}
REGION_KEYS = ["period", "region", "product"]
Plan = tuple[Instance, Allocation, WholePlan]
MORE_WORLDS = settings(max_examples=12, suppress_health_check=list(HealthCheck))
FEW_WORLDS = settings(max_examples=5, suppress_health_check=list(HealthCheck))


def explained(instance: Instance, method: str = "pooled") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Plan a hand-made instance; return the waterfalls of reps and of regions."""
    if instance.reps is not None:
        reps = instance.reps
        factors = {
            "ability": reps.weight[:, 0],
            "resource": np.ones(len(reps.names)),
            "fte_ramp": np.ones(reps.weight.shape),
        }
        instance = replace(instance, reps=replace(reps, **factors))
    allocation = solve_pooled(instance) if method == "pooled" else solve_joint(instance)
    whole = round_plan(instance, allocation, instance)
    moves = read_moves(instance, allocation, whole)
    return rep_waterfalls(moves), region_waterfalls(moves)


def steps_of(table: pd.DataFrame, **where: str) -> Steps:
    """Return the steps of the one waterfall with these labels, without rounding."""
    for column, label in where.items():
        table = table[table[column] == label]
    steps = dict(zip(table["step"], table["amount"], strict=True))
    assert len(steps) == len(table), "one waterfall"
    return {step: amount for step, amount in steps.items() if step != "rounding"}


def check_adds_up(result: PlanResult, folder: Path) -> None:
    """Hold every waterfall against the tables of the plan, in exact decimals."""
    labels = ["measure", "period", "region", "rep", "product"]
    tables = {
        name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("explain", "explain_regions", "targets", "rollup")
    }
    leaves = set(tables["explain_regions"]["region"])
    rollup = tables["rollup"]
    cells = rollup[(rollup["period"] != "*") & (rollup["product"] != "*") & (rollup["team"] == "*")]
    cells = cells[cells["region"].isin(leaves)]
    for table, steps, ends in (
        ("explain", REP_STEPS, tables["targets"]),
        ("explain_regions", CELL_STEPS, cells),
    ):
        keys = [key for key in labels if key in tables[table]]
        found = _sums(tables[table], keys, "amount")
        wanted = _sums(ends, keys, "target")
        if table == "explain" and result.main.instance.reps is None:
            assert not found
            continue
        assert {key: found.get(key, Decimal(0)) for key in wanted} == wanted
        assert all(amount == 0 for key, amount in found.items() if key not in wanted)
        check_rows(tables[table], keys, steps)


def check_rows(table: pd.DataFrame, keys: list[str], steps: Sequence[str]) -> None:
    """Hold the order of steps, the first one always there, and no other step of 0."""
    rank = table["step"].astype(object).map({step: index for index, step in enumerate(steps)})
    assert rank.notna().all()
    groups = rank.groupby([table[key] for key in keys], sort=False, observed=True)
    assert (groups.diff().fillna(1) > 0).all()
    assert (groups.first() == 0).all()
    assert (table.loc[rank > 0, "amount"].astype(float) != 0).all()


def _sums(table: pd.DataFrame, keys: list[str], column: str) -> dict[Any, Decimal]:
    sums: dict[Any, Decimal] = {}
    for *key, amount in table[[*keys, column]].itertuples(index=False):
        sums[tuple(key)] = sums.get(tuple(key), Decimal(0)) + Decimal(amount)
    return sums


def solved(world: World, method: str = "pooled") -> Plan | None:
    """Return instance, exact plan and whole plan of a world; None where there is none."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_world(Path(name) / "world", world.settings, **world.tables)
        try:
            scenario = load_scenarios(folder).scenarios[0]
            instance = build_instance(scenario)
            check_limits(instance)
            allocation = solve_pooled(instance) if method == "pooled" else solve_joint(instance)
            whole = round_plan(instance, allocation, stretch_instance(scenario, instance))
        except (ContradictionError, InputError):
            return None
    return instance, allocation, whole


def in_parts(table: pd.DataFrame, keys: list[str], unit: float) -> dict[Any, int]:
    """Return the sums of waterfalls in whole hundredths of the unit."""
    parts = np.rint(table["amount"] * 100 / unit)
    assert np.allclose(parts * unit / 100, table["amount"], rtol=1e-12, atol=1e-9)
    return {key: int(total) for key, total in parts.groupby([table[k] for k in keys]).sum().items()}


def check_sums(found: Plan) -> None:
    """Hold both kinds of waterfalls against the whole plan."""
    instance, _, whole = found
    regions = in_parts(region_waterfalls(read_moves(*found)), REGION_KEYS, instance.unit)
    for (leaf, period, product), units in np.ndenumerate(whole.placed):
        place = instance.periods[period], instance.leaves[leaf], instance.products[product]
        assert regions.get(place, 0) == 100 * units, place
    check_names(region_waterfalls(read_moves(*found)), instance)
    table = rep_waterfalls(read_moves(*found))
    if whole.cells is None or instance.reps is None:
        assert table.empty
        return
    reps = in_parts(table, ["rep", "period"], instance.unit)
    for (rep, period), units in np.ndenumerate(whole.cells.sum(axis=2)):
        assert reps[instance.reps.names[rep], instance.periods[period]] == 100 * units
    check_rows(table, ["rep", "period"], REP_STEPS)
    check_names(table, instance)


def check_names(table: pd.DataFrame, instance: Instance) -> None:
    """Hold that no step is named after a limit that the world does not have."""
    reps = instance.reps
    known = {
        *instance.bands.kind,
        *REFERENCE,
        "shares",
        "history mix",
        "fairness shift",
        "rounding",
    }
    for name, exists in (
        ("potential", len(instance.potentials.given) > 0),
        ("lock", len(instance.region_locks.amount) + len(instance.rep_locks.amount) > 0),
        ("capacity", reps is not None and np.isfinite(reps.high[reps.reference > 0]).any()),
        ("min", reps is not None and (reps.low > 0).any()),
        ("eligibility", instance.groups is not None and not instance.groups.sells.all()),
        ("coverage", reps is not None),
    ):
        known |= {name} if exists else set()
    assert set(table["step"]) <= known, set(table["step"]) - known


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the runs below."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module", autouse=True)
def plans(runs: Path) -> dict[str, PlanResult]:
    """Plan the bundled scenarios, and a team with a newcomer."""
    made = {name: plan(SCENARIOS / name, runs / name) for name in PLANNED}
    team = write_world(
        runs / "team",
        {"periods": ["2024Q1", "2024Q2"], "goal": 1800, "unit": "10k CNY"},
        people=[
            {"rep": "李娜", "region": "East", "ability": 1.2, "capacity": 125},
            {"rep": "=new", "region": "East", "start": "2024-04-01"},
            *({"rep": f"rep {number}", "region": "East"} for number in range(1, 7)),
        ],
    )
    made["newcomers"] = plan(team, runs / "newcomers")
    return made


@MORE_WORLDS
@given(worlds())
def test_waterfalls_add_up_to_every_target(world: World) -> None:
    found = solved(world)
    assume(found is not None)
    assert found is not None
    check_sums(found)


@FEW_WORLDS
@given(worlds())
def test_the_joint_method_is_explained_too(world: World) -> None:
    found = solved(world, "joint")
    assume(found is not None)
    assert found is not None
    check_sums(found)


@FEW_WORLDS
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_waterfall(world: World, chance: Any) -> None:
    first = solved(world)
    assume(first is not None)
    shuffled = {table: list(rows) for table, rows in world.tables.items()}
    for rows in shuffled.values():
        chance.shuffle(rows)
    second = solved(World(world.settings, shuffled))
    assert first is not None and second is not None
    for make in (rep_waterfalls, region_waterfalls):
        pd.testing.assert_frame_equal(make(read_moves(*first)), make(read_moves(*second)))


@FEW_WORLDS
@given(worlds())
def test_equal_reps_have_equal_waterfalls(world: World) -> None:
    people = world.tables.get("people", [])
    assume(len(people) >= 2)
    tables = {
        name: rows
        for name, rows in world.tables.items()
        if name not in ("history", "locks", "capacity")
    }
    twins = [people[0], {**people[0], "rep": people[1]["rep"]}, *people[2:]]
    found = solved(World(world.settings, {**tables, "people": twins}))
    assume(found is not None)
    assert found is not None
    table = rep_waterfalls(read_moves(*found))
    for period in found[0].periods:
        one, other = (steps_of(table, rep=row["rep"], period=period) for row in twins[:2])
        assert one == other


@given(worlds())
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
def test_a_run_folder_of_any_world_can_be_explained(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        scenario = write_world(Path(name) / "scenario", world.settings, **world.tables)
        try:
            result = plan(scenario, Path(name) / "run")
        except (ContradictionError, InputError):
            return
        check_adds_up(result, Path(name) / "run")
        told = explain_run(Path(name) / "run").sentences
        assert told
        assert len(told) == len(set(told))


@pytest.mark.parametrize("name", PLANNED)
def test_bundled_scenarios_add_up(name: str, plans: dict[str, PlanResult], runs: Path) -> None:
    check_adds_up(plans[name], runs / name)


def test_without_limits_only_the_reference_speaks() -> None:
    people = [Person("Ann", "A"), Person("Bo", "A", weight=3.0), Person("Cy", "B")]
    reps, regions = explained(make_instance({"A": 60, "B": 40}, 100, people=people, over_rep=0.1))
    assert steps_of(reps, rep="Ann") == {
        "equal share": 30.0,
        "ability": -15.0,
        "over-assignment": 1.5,
    }
    assert steps_of(reps, rep="Bo") == {
        "equal share": 30.0,
        "ability": 15.0,
        "over-assignment": 4.5,
    }
    assert steps_of(regions, region="A") == {"shares": 60.0}


@pytest.mark.parametrize("method", ["pooled", "joint"])
def test_one_capped_rep_and_who_takes_over(method: str) -> None:
    people = [Person("Ann", "A", high=20), Person("Bo", "A"), Person("Cy", "B")]
    fixed = region_bands({"A": 60, "B": 40}, 0.0)
    instance = make_instance({"A": 60, "B": 40}, 100, people=people, bands=fixed)
    reps, regions = explained(instance, method)
    assert steps_of(reps, rep="Ann") == {"equal share": 30.0, "capacity": -10.0}
    assert steps_of(reps, rep="Bo") == {"equal share": 30.0, "fairness shift": 10.0}
    assert steps_of(reps, rep="Cy") == {"equal share": 40.0}
    assert steps_of(regions, region="A") == {"shares": 60.0}


def test_a_limit_that_holds_back_a_shift_is_told_beside_it() -> None:
    people = [Person("Ann", "A", high=20), Person("Bo", "A", high=31), Person("Cy", "A")]
    reps, _ = explained(make_instance({"A": 90}, 90, people=people))
    assert steps_of(reps, rep="Ann") == {"equal share": 30.0, "capacity": -10.0}
    assert steps_of(reps, rep="Bo") == {
        "equal share": 30.0,
        "capacity": -8.0,
        "fairness shift": 9.0,
    }
    assert steps_of(reps, rep="Cy") == {"equal share": 30.0, "fairness shift": 9.0}


def test_a_minimum_and_who_gives_way() -> None:
    people = [Person("Ann", "A", low=40), Person("Bo", "A")]
    reps, _ = explained(make_instance({"A": 60}, 60, people=people))
    assert steps_of(reps, rep="Ann") == {"equal share": 30.0, "min": 10.0}
    assert steps_of(reps, rep="Bo") == {"equal share": 30.0, "fairness shift": -10.0}


def test_a_lock_and_who_gives_way() -> None:
    people = [Person("Ann", "A"), Person("Bo", "A")]
    locks = [("Ann", "*", "*", 40)]
    bands = region_bands({"A": 60, "B": 40}, 0.0)
    crew = [*people, Person("Cy", "B")]
    reps, _ = explained(
        make_instance({"A": 60, "B": 40}, 100, people=crew, rep_locks=locks, bands=bands)
    )
    assert steps_of(reps, rep="Ann") == {"equal share": 30.0, "lock": 10.0}
    assert steps_of(reps, rep="Bo") == {"equal share": 30.0, "fairness shift": -10.0}


@pytest.mark.parametrize("with_people", [True, False])
def test_a_potential_moves_its_region_and_its_people(with_people: bool) -> None:
    people = [Person("Ann", "A"), Person("Bo", "A", weight=2.0), Person("Cy", "B")]
    instance = make_instance(
        {"A": 60, "B": 40},
        100,
        people=people if with_people else None,
        potentials=[(Where(region="A"), 54.0)],
    )
    reps, regions = explained(instance)
    assert steps_of(regions, region="A") == {"shares": 60.0, "potential": -6.0}
    assert steps_of(regions, region="B") == {"shares": 40.0, "fairness shift": 6.0}
    if with_people:
        assert steps_of(reps, rep="Ann")["potential"] == -2.0
        assert steps_of(reps, rep="Bo")["potential"] == -4.0
        assert steps_of(reps, rep="Cy") == {"equal share": 40.0, "fairness shift": 6.0}
    else:
        assert reps.empty


def test_the_people_of_a_region_can_hold_it_back() -> None:
    people = [Person("Ann", "A", high=54), Person("Cy", "B")]
    reps, regions = explained(make_instance({"A": 60, "B": 40}, 100, people=people))
    assert steps_of(regions, region="A") == {"shares": 60.0, "capacity": -6.0}
    assert steps_of(reps, rep="Ann") == {"equal share": 60.0, "capacity": -6.0}
    assert steps_of(regions, region="B") == {"shares": 40.0, "fairness shift": 6.0}


def test_a_band_of_a_period_moves_both_periods() -> None:
    bands = [("period_share", Where(period="Q1"), Where(), 0.6, 1.0)]
    instance = make_instance(
        {"A": 100}, 100, periods={"Q1": 0.5, "Q2": 0.5}, people=[Person("Ann", "A")], bands=bands
    )
    reps, regions = explained(instance)
    for table in (reps, regions):
        first = "equal share" if "rep" in table else "shares"
        assert steps_of(table, period="Q1") == {first: 50.0, "period_share": 10.0}
        assert steps_of(table, period="Q2") == {first: 50.0, "period_share": -10.0}


def test_fixed_shares_pass_a_market_limit_on_by_name() -> None:
    regions = {"A": 50.0, "B": 50.0}
    products = {"p": 0.5, "r": 0.5}
    instance = make_instance(
        regions,
        100,
        products=products,
        bands=region_bands(regions, 0.0),
        potentials=[(Where(region="A", product="p"), 20.0)],
    )
    _, table = explained(instance)
    assert steps_of(table, region="A", product="p") == {"shares": 25.0, "potential": -5.0}
    moved = steps_of(table, region="A", product="r")
    assert moved == {"shares": 25.0, "region_share": 5.0}
    assert steps_of(table, region="B", product="p") == {"shares": 25.0}


def test_a_region_without_people_is_told_as_such() -> None:
    _, regions = explained(make_instance({"A": 60, "B": 40}, 100, people=[Person("Ann", "A")]))
    assert steps_of(regions, region="B")["coverage"] == -40.0


def test_reps_with_short_lists_are_told_apart() -> None:
    people = [Person("Ann", "A", sells=("p",)), Person("Bo", "A", sells=("r",))]
    instance = make_instance({"A": 100}, 100, products={"p": 0.7, "r": 0.3}, people=people)
    reps, _ = explained(instance)
    ann, bo = steps_of(reps, rep="Ann"), steps_of(reps, rep="Bo")
    assert ann["eligibility"] > 0 > bo["eligibility"]
    assert set(ann) == set(bo) == {"equal share", "eligibility"}


def test_a_minimum_is_not_told_of_who_carries_more_because_of_lists() -> None:
    people = [
        Person("Ann", "A", weight=0.2, low=30),
        Person("Bo", "A", weight=1.8, sells=("r",)),
    ]
    products = {"p": 0.6, "r": 0.4}
    bands = [
        ("product_share", Where(product=name), Where(), share, share)
        for name, share in products.items()
    ]
    instance = make_instance({"A": 100}, 100, products=products, people=people, bands=bands)
    reps, _ = explained(instance)
    steps = steps_of(reps, rep="Ann")
    assert "min" not in steps and steps["eligibility"] > 0
    assert sum(steps.values()) == pytest.approx(60)


def test_a_limit_over_all_periods_and_who_takes_over() -> None:
    people = [Person("Ann", "A", total_high=40), Person("Bo", "A")]
    periods = {"Q1": 0.5, "Q2": 0.5}
    reps, _ = explained(make_instance({"A": 120}, 120, people=people, periods=periods))
    for period in periods:
        assert steps_of(reps, rep="Ann", period=period) == {"equal share": 30.0, "year": -10.0}
        assert steps_of(reps, rep="Bo", period=period) == {
            "equal share": 30.0,
            "fairness shift": 10.0,
        }


def test_the_effort_of_what_somebody_sells_and_who_takes_over() -> None:
    people = [Person("Ann", "A", high=40), Person("Bo", "A")]
    instance = make_instance({"A": 60}, 60, people=people, effort={"all": 2.0})
    reps, _ = explained(instance)
    assert steps_of(reps, rep="Ann") == {"equal share": 30.0, "effort": -10.0}
    assert steps_of(reps, rep="Bo") == {"equal share": 30.0, "fairness shift": 10.0}


def test_a_closed_cell_names_its_potential(tmp_path: Path) -> None:
    scenario = write_world(
        tmp_path / "scenario",
        {"periods": ["2024Q1"], "goal": 100},
        regions=[{"region": "A"}, {"region": "B"}],
        products=[{"product": "p"}, {"product": "r"}],
        potential=[{"region": "A", "product": "p", "potential": 0}],
    )
    main = plan(scenario).main
    table = region_waterfalls(main.moves)
    closed = steps_of(table, region="A", product="p")
    assert closed["potential"] == -closed["shares"]


def test_an_instance_without_factors_is_refused() -> None:
    instance = make_instance({"A": 60}, 60, people=[Person("Ann", "A")])
    allocation = solve_pooled(instance)
    with pytest.raises(ValueError, match="factors"):
        rep_waterfalls(read_moves(instance, allocation, round_plan(instance, allocation, instance)))


finite = st.floats(-1.0, 1.0, allow_nan=False).map(lambda value: round(value, 3))


@given(
    st.lists(finite, min_size=1, max_size=4),
    st.lists(finite, min_size=1, max_size=3),
    st.booleans(),
)
def test_moves_keep_their_sum(before: list[float], new: list[float], hold: bool) -> None:
    told = add_moves(np.array(before), np.array(new), hold=hold)
    assert told.shape == (len(before) + len(new),)
    assert told.sum() == pytest.approx(sum(before) + sum(new), abs=1e-9)
    assert np.abs(told).max() <= max(map(abs, [*before, *new])) * (1 + 1e-9)


def test_a_sentence_names_amounts_and_limits(runs: Path) -> None:
    found = explain_run(runs / "newcomers", rep="李娜", period="2024Q1")
    assert found.sentences == (
        "李娜 (East, 2024Q1): target 125. An even share of East's 900 among 8 reps is 112.5; "
        "ability above East's average adds 19.2; colleagues in ramp-up or on part time leave you "
        "18.3 more; your usable capacity of 125 holds it there (−25).",
    )


def test_an_even_share_is_of_what_open_cells_are_asked(runs: Path) -> None:
    """Lyon sells no consulting: that part of its shares is asked of nobody there."""
    first = explain_run(runs / "annual", region="Lyon", period="2024Q1").sentences[0]
    assert "An even share of Lyon's 135.7 among 2 reps is 67.8;" in first


def test_who_gives_way_to_a_colleague_is_told_so(runs: Path) -> None:
    (sentence,) = explain_run(runs / "four-levels", rep="Li", period="2024-01").sentences
    assert "what Team one's other people must carry takes 26.7 off" in sentence


def test_every_step_can_be_said() -> None:
    steps = {step: 1.0 for step in REP_STEPS if step != "coverage"}
    for sign in (1.0, -1.0):
        told = {step: sign * amount for step, amount in steps.items()}
        rep_sentence("Ann", "A", "Q1", told, decimals=0, colleagues=2, ask=2.0, inside=False,
                     limits={}, own_lock=None)  # fmt: skip
        cell_sentence("Q1", "A", "MES", dict.fromkeys(CELL_STEPS, sign), decimals=0)


def test_a_rep_who_has_not_started_ends_at_nothing(runs: Path) -> None:
    found = explain_run(runs / "newcomers", rep="=new", period="2024Q1")
    assert found.waterfall["amount"].sum() == 0
    assert found.sentences[0].startswith("=new (East, 2024Q1): target 0.")
    assert "your own ramp-up or part time takes 109.8 off." in found.sentences[0]


def test_a_rep_is_shown_with_what_binds_there(runs: Path) -> None:
    found = explain_run(runs / "annual", rep="吴涛")
    assert set(found.waterfall["rep"]) == {"吴涛"}
    assert set(found.waterfall["period"]) == {"2024Q1", "2024Q2", "2024Q3", "2024Q4"}
    assert set(found.regions["region"]) == {"Chengdu"}
    assert set(found.limits["rep"]) <= {"吴涛", "*"}
    assert "capacity" in set(found.limits["kind"])
    text = render_explanation(found)
    assert all(sentence in text for sentence in found.sentences)


def test_a_region_stands_for_all_below_it(runs: Path) -> None:
    found = explain_run(runs / "annual")
    parent = found.stored.parent["Singapore"]
    below = explain_run(runs / "annual", region=parent, period="2024Q1")
    assert "Singapore" in set(below.regions["region"])
    assert set(below.regions["region"]) < set(found.regions["region"])
    assert set(below.waterfall["period"]) == {"2024Q1"}
    assert "lock on region targets" in " ".join(below.sentences)


def test_gaps_come_with_the_explanation(runs: Path) -> None:
    found = explain_run(runs / "company-a", region="East")
    assert found.gaps["gap"].sum() == 87
    assert set(found.gaps["cause"]) == {"capacity"}
    text = render_explanation(found)
    assert "because of" in text
    assert "closes 410 of the gap" in text, "the cheapest ways out, together"
    assert explain_run(runs / "annual").advice.empty


def test_a_lock_is_told_with_its_owner(runs: Path) -> None:
    found = explain_run(runs / "annual", rep="朱芳", period="2024Q1")
    assert (
        "a lock on your target (销售副总: framework contract signed for the year) adds"
        in found.sentences[0]
    )


def test_measures_are_explained_by_name(runs: Path) -> None:
    main = explain_run(runs / "customers")
    other = explain_run(runs / "customers", measure="customers")
    assert main.waterfall["amount"].sum() == pytest.approx(1400)
    assert other.waterfall["amount"].sum() == pytest.approx(20)
    assert other.stored.unit == "customers"


def test_plain_data_tells_the_same(runs: Path) -> None:
    found = explain_run(runs / "company-a", rep="N1")
    data = found.as_dict()
    assert data["sentences"] == list(found.sentences)
    assert data["waterfall"][0] == {
        "rep": "N1",
        "period": "2023Q3",
        "step": "equal share",
        "amount": 155.56,
    }


def test_a_long_explanation_is_cut_and_says_so(runs: Path) -> None:
    text = render_explanation(explain_run(runs / "annual"))
    assert "more in explain.csv" in text
    assert "more in explain_regions.csv" in text
    assert "468 more; name a rep" in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"rep": "李那"}, "--rep"),
        ({"rep": "Leo Vogel"}, "Did you mean Lea Vogel?"),
        ({"region": "Singapor"}, "Did you mean Singapore?"),
        ({"period": "2024Q9"}, "Did you mean 2024Q"),
        ({"measure": "amout"}, "Did you mean amount?"),
        ({"rep": "吴涛", "region": "Singapore"}, "吴涛 works in Chengdu"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(
    runs: Path, asked: dict[str, str], said: str
) -> None:
    with pytest.raises(InputError, match="--") as error:
        explain_run(runs / "annual", **asked)
    assert said in str(error.value)


@pytest.mark.parametrize("file", ["explain.csv", "scenario/scenario.toml"])
def test_a_folder_without_explanations_is_refused(runs: Path, file: str, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    for path in (runs / "company-a").rglob("*"):
        if path.is_file() and path != runs / "company-a" / file:
            target = copy / path.relative_to(runs / "company-a")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    with pytest.raises(InputError, match="is missing"):
        explain_run(copy)


def test_a_regional_plan_is_told_by_cells(tmp_path: Path) -> None:
    scenario = write_world(
        tmp_path / "scenario",
        {"periods": ["2024Q1"], "goal": 100},
        regions=[{"region": "A", "share": 0.6}, {"region": "B", "share": 0.4}],
        potential=[{"region": "A", "potential": 50}],
    )
    plan(scenario, tmp_path / "run")
    found: Explanation = explain_run(tmp_path / "run", region="A")
    assert found.waterfall.empty
    assert found.sentences == (
        "A, all (2024Q1): target 50. The shares of the goal give 60; what the market can give "
        "takes 10 off.",
    )
