"""Every rule once more where all amounts are far below 1: the same faults, at the same places."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest
import verify_changes  # noqa: F401, puts its changes on the list
import verify_level_changes  # noqa: F401
from test_kernel_verify_proof import MOST, some_prices
from test_kernel_verify_tables import FIGURES, OTHERS, SHORT, TABLES, gaps
from test_kernel_verify_why import COMMITS, LOCKS, OFF, STEPS, SUMS, table
from verify_company_tables import limits
from verify_edits import CHANGES, Q2, WORLDS, Change, fixed, floored
from verify_plans import Draft, added
from verify_small import PART, parted, small

from optimizer.verify.acting import read_limits
from optimizer.verify.check_equals import check_order
from optimizer.verify.check_explain import check_explain
from optimizer.verify.check_fairness import _correlations, _figures, multiples
from optimizer.verify.check_gaps import _possible, check_gaps
from optimizer.verify.check_off_reference import check_off_reference, read_owners
from optimizer.verify.check_owners import check_commits, check_lock_rows
from optimizer.verify.check_slack import check_slack
from optimizer.verify.check_summary import check_figures
from optimizer.verify.failures import Failure
from optimizer.verify.prices import read_prices
from optimizer.verify.proof import Prover, _check_whole
from optimizer.verify.verify import RULES

LIMIT_AMOUNTS = ("limit", "value", "slack")


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Draft]:
    folder = tmp_path_factory.mktemp("plans")
    return {name: make(folder / name) for name, make in WORLDS.items()}


def places(failures: Iterable[Failure]) -> list[str]:
    """Return where failures are."""
    return [one.where for one in failures]


@pytest.mark.parametrize("world", WORLDS)
def test_no_rule_objects_to_a_sound_plan(drafts: dict[str, Draft], world: str) -> None:
    for _, check in RULES:
        assert small(drafts[world]).said(check) == []


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case.name)
def test_a_rule_says_where_a_change_breaks_it_and_nothing_else(
    drafts: dict[str, Draft], case: Change
) -> None:
    found = small(case.change(drafts[case.world])).said(case.check)
    due = [one.split(" | ")[0] for one in case.said]
    assert [one.split(" | ")[0] for one in found] == due


@pytest.mark.parametrize("least", [0.0, 1.0])
def test_a_min_of_one_unit_may_explain_a_larger_target(
    drafts: dict[str, Draft], least: float
) -> None:
    """Ann has 440 and Bob 1; with a min of 1 that may be what keeps Bob's target up."""
    draft = drafts["company"]
    for product, amount in (("MES", -274.0), ("Twin", -165.0)):
        draft = draft.target("target", amount, rep="Bob", period=Q2, product=product)
    assert draft.facts.targets is not None
    targets = draft.facts.targets.copy()
    targets[1, 1] += 5.0
    draft = floored(draft.of(targets=targets), 1, least)
    for one in (draft, small(draft)):
        assert bool(one.said(check_order)) == (least == 0.0)


# ---------------------------------------------------------------- tables


def listed(world: str, *priced: int) -> pd.DataFrame:
    return parted(limits(TABLES[world], priced), *LIMIT_AMOUNTS)


@pytest.mark.parametrize("world", WORLDS)
def test_limits_of_a_sound_plan_are_found(drafts: dict[str, Draft], world: str) -> None:
    draft, frame = small(drafts[world]), listed(world, 0, 1)
    assert places(check_slack(draft.facts, draft.plan(), frame)) == []
    for row in frame.index:
        found = places(check_slack(draft.facts, draft.plan(), frame.drop(index=row)))
        kind, side, *where = frame.loc[row, ["kind", "side", "period", "region", "product", "rep"]]
        assert found == [f"{kind} {side} {', '.join(where)}"]


@pytest.mark.parametrize("least", [0.0, 1.0])
def test_a_min_of_one_unit_is_a_limit(drafts: dict[str, Draft], least: float) -> None:
    draft = small(floored(drafts["company"], 0, least))
    found = places(check_slack(draft.facts, draft.plan(), listed("company")))
    assert found == (["min min 2024Q2, East, *, Ann"] if least else [])


def test_gaps_and_their_causes_are_the_same(drafts: dict[str, Draft]) -> None:
    for world, draft in drafts.items():
        large, less = _possible(draft.facts), _possible(small(draft).facts)
        assert all((large[cause] == less[cause]).all() for cause in large), world
    draft = small(drafts["company"])
    for text, due in ((SHORT, []), (SHORT.replace("300", "301"),
                                    ["2024Q1, West, MES", "all rows"])):  # fmt: skip
        frame = parted(gaps(text), "gap")
        assert places(check_gaps(draft.facts, draft.plan(), frame)) == due


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("figure", [None, *FIGURES["company"]])
def test_figures_of_the_run_are_those_of_the_tables(
    drafts: dict[str, Draft], world: str, figure: str | None
) -> None:
    draft = drafts[world]
    frame = gaps(SHORT) if world == "company" else gaps(SHORT)[:0]
    figures = {name: due * PART for name, due in (FIGURES[world] | OTHERS).items()}
    if figure:
        figures[figure] += draft.facts.unit * PART
    told = figures | {"status": "gap" if world == "company" else "complete"}
    less = small(draft)
    found = places(check_figures(less.facts, less.plan(), parted(frame, "gap"), told))
    assert found == ([figure] if figure else [])


def test_fairness_is_the_same(drafts: dict[str, Draft]) -> None:
    for draft in drafts.values():
        less = small(draft)
        one, other = (multiples(each.facts, each.plan()) for each in (draft, less))
        assert _figures(one) == _figures(other)
        assert _correlations(draft.facts, draft.plan()) == _correlations(less.facts, less.plan())


def test_tables_that_tell_why_are_the_same(drafts: dict[str, Draft]) -> None:
    draft = small(drafts["company"])
    facts, plan = draft.facts, draft.plan()
    acting = read_limits(facts, listed("company", 11, 20, 40, 41))
    fixed_amounts = listed("company", 19)[19:21]
    offers = ("target", "commit", "difference")
    for amount, due in ((0.0, []), (PART, ["Hal, 2024Q2, target"])):
        commits = added(parted(table(COMMITS, *offers), *offers), "target", amount, {"rep": "Hal"})
        assert places(check_commits(facts, plan, commits, "x")) == due
    for amount, due in ((0.0, []), (PART, ["2024Q2, West, Hal, *, amount"])):
        locks = added(parted(table(LOCKS, "amount", "price"), "amount"),
                      "amount", amount, {"rep": "Hal"})  # fmt: skip
        assert places(check_lock_rows(facts, fixed_amounts, locks, "x")) == due
    for amount, due in ((0.0, set()), (PART, {"Hal, 2024Q2", "Hal, 2024Q2, over-assignment"})):
        steps = added(parted(table(STEPS, "amount"), "amount"), "amount", amount,
                      {"rep": "Hal", "period": Q2, "step": "over-assignment"})  # fmt: skip
        told = places(check_explain(facts, plan, acting, steps, "x"))
        assert {one for one in told if one.startswith("Hal, 2024Q2")} == due
    off = parted(table(OFF, *SUMS), "reference", "target")
    found = places(check_off_reference(facts, read_owners(facts, plan, acting), off, "x"))
    assert {one.split(", ")[0] for one in found} == {"Cid", "Eve"}  # who stand at their reference


# ---------------------------------------------------------------- the proof


@pytest.mark.parametrize("step", ["gap", "cover", "fairness"])
@pytest.mark.parametrize("world", WORLDS)
def test_bounds_are_as_small_as_the_amounts(
    drafts: dict[str, Draft], world: str, step: str
) -> None:
    draft, less = drafts[world], small(drafts[world])
    most = {name: amount * PART for name, amount in MOST.items()}
    for seed in range(3):
        frame = some_prices(world, seed)
        if world == "regional":
            frame = frame[frame["kind"] != "street"]
        due, found = (
            Prover(one.facts, one.plan(), told).least(
                step, read_prices(one.facts, frame)[0][step], exact=bool(seed)
            )
            for one, told in ((draft, MOST), (less, most))
        )
        assert found == pytest.approx(due * PART, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("most", "told"), [(3600, 0), (3613, 0), (3614, 1), (3599, 0), (3598, 1)])
def test_so_many_units_may_be_lost(drafts: dict[str, Draft], most: float, told: int) -> None:
    draft = small(drafts["company"])
    figures = dict.fromkeys(("objective", "objective_rounded"), 400.0 * PART)
    found = places(_check_whole(draft.facts, draft.plan(), figures, most * PART))
    assert found == ["*, *, *, target"] * told


@pytest.mark.parametrize(("most", "told"), [(822, 0), (823, 1)])
def test_so_many_units_may_be_lost_to_effort(
    drafts: dict[str, Draft], most: float, told: int
) -> None:
    draft = small(drafts["by_effort"])
    figures = {"objective": 0.0, "objective_rounded": 0.0}
    found = places(_check_whole(draft.facts, draft.plan(), figures, most * PART))
    assert found == ["*, *, *, target"] * told


def test_locks_on_people_are_limits_of_their_own(drafts: dict[str, Draft]) -> None:
    draft = fixed(drafts["company"], (0, 0, -1), 0, 440.0)
    for one, frame in ((draft, limits(TABLES["company"])), (small(draft), listed("company"))):
        found = places(check_slack(one.facts, one.plan(), frame))
        assert found == ["lock equal 2024Q1, East, *, Ann"]


def test_amounts_are_far_below_one(drafts: dict[str, Draft]) -> None:
    """What this file is for."""
    for draft in drafts.values():
        less = small(draft)
        assert np.nanmax(less.targets[["reference", "target"]].to_numpy()) < 1.0
        assert less.facts.unit < 0.002
