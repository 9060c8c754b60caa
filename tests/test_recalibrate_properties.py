"""Promises of a recalibration, held against random worlds."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from strategies import World, worlds
from worlds import write_world

from optimizer.errors import ContradictionError, InputError
from optimizer.model.joint import solve_joint
from optimizer.model.solve import solve
from optimizer.pipeline import plan
from optimizer.recalibrate.changed import Options
from optimizer.recalibrate.recalibrate import MeasureRecalibration, state_problem
from optimizer.recalibrate.recalibration import find_recalibration
from optimizer.recalibrate.write import write_recalibration

EXAMPLES = int(os.environ.get("QUOTAPLAN_EXAMPLES", "60"))
LIGHT = settings(
    max_examples=max(EXAMPLES // 12, 1), deadline=None, suppress_health_check=list(HealthCheck)
)
CERTIFIED = 1e-4


@dataclass(frozen=True)
class Turn:
    """What happens in mid-period.

    Attributes
    ----------
    sold : float
        Part of each target that is sold, in two weeks.
    goal : float or None
        New total as a part of the old one.
    potential : float or None
        What is left of every potential.
    leaver, joiner : bool
        Whether the first rep leaves, and somebody joins in that region.
    share : float or None
        New share of the first product.
    """

    cap: float
    sold: float
    goal: float | None
    potential: float | None
    leaver: bool
    joiner: bool
    share: float | None = None


TURNS = st.builds(
    Turn,
    cap=st.sampled_from((0.0, 0.1, 0.2, 0.5)),
    sold=st.sampled_from((0.0, 0.3, 0.7, 1.2)),
    goal=st.sampled_from((None, None, 0.5, 0.83, 0.95, 1.1, 1.4)),
    potential=st.sampled_from((None, None, 0.6, 1.3)),
    leaver=st.booleans(),
    joiner=st.booleans(),
    share=st.sampled_from((None, None, 0.1, 0.6)),
)


def planned(world: World, folder: Path) -> Path | None:
    """Plan a world; None where it has no plan, or several measures."""
    scenario = write_world(folder / "scenario", world.settings, **world.tables)
    try:
        result = plan(scenario, folder / "run")
    except (ContradictionError, InputError):
        return None
    return folder / "run" if len(result.measures) == 1 and len(result.main.targets) else None


def stored(run: Path, name: str) -> pd.DataFrame:
    """Return a table of a run folder, blank labels as ``""``, no guard before formulas."""
    labels = ("period", "region", "team", "rep", "product")
    table = pd.read_csv(run / f"{name}.csv", dtype=dict.fromkeys(labels, str))
    known = [label for label in labels if label in table]
    texts = table[known].fillna("").replace(r"^'(?=[=+\-@])", "", regex=True)
    return table.assign(**{label: texts[label] for label in known})


def turned(run: Path, turn: Turn, folder: Path) -> tuple[Path, str, Options]:
    """Write actuals and changed tables; return the actuals, the week, and the options."""
    targets = stored(run, "targets")
    period = targets["period"].iloc[0]
    own = targets[targets["period"] == period]
    column = "rep" if (own["rep"] != "").any() else "region"
    street = own.groupby(column)["target"].sum()
    weeks = [
        {"period": period, "week": week, column: name, "amount": amount * turn.sold / 2}
        for name, amount in street.items()
        for week in (1, 2)
    ]
    pd.DataFrame(weeks).to_csv(folder / "weeks.csv", index=False)
    options: dict[str, Any] = {"cap": turn.cap}
    if turn.goal is not None and own["target"].sum() > 0:
        options["goal"] = turn.goal * own["target"].sum()
    potential = run / "scenario" / "potential.csv"
    if turn.potential is not None and potential.is_file():
        table = pd.read_csv(potential, keep_default_na=False)
        table["potential"] = table["potential"].astype(float) * turn.potential
        table.to_csv(folder / "potential.csv", index=False)
        options["potential"] = folder / "potential.csv"
    if turn.share is not None:
        new = {"product": [own["product"].iloc[0]], "share": [turn.share]}
        pd.DataFrame(new).to_csv(folder / "shares.csv", index=False)
        options["shares"] = folder / "shares.csv"
    if column == "rep" and (turn.leaver or turn.joiner):
        people = pd.read_csv(run / "scenario" / "people.csv", dtype=str, keep_default_na=False)
        named = people["rep"].str.removeprefix("'")
        first = people[named == own["rep"].iloc[0]].iloc[0]
        if turn.leaver and len(people) > 1:
            people = people[people["rep"] != first["rep"]]
        if turn.joiner:
            new = {"rep": "Zz new", "region": first["region"]}
            people = pd.concat([people, pd.DataFrame([new])]).fillna("")
        people.to_csv(folder / "people.csv", index=False)
        options["people"] = folder / "people.csv"
    return folder / "weeks.csv", f"{period}W02", Options(**options)


def turned_round(run: Path, turn: Turn, folder: Path) -> MeasureRecalibration | None:
    """Recalibrate and write; None where the changed tables do not fit the scenario."""
    actuals, week, options = turned(run, turn, folder)
    try:
        found = find_recalibration(run, actuals, week, options)
    except (InputError, ContradictionError) as error:
        event(type(error).__name__)
        return None
    write_recalibration(found, folder / "again")
    return found.main


def within(original: float, before: float, after: float, cap: float, unit: float) -> bool:
    """Tell whether a move keeps the cap to the unit, or takes no step further away."""
    low, high = min((1 - cap) * original, before), max((1 + cap) * original, before)
    return low - unit < after < high + unit


@LIGHT
@given(worlds(), TURNS)
def test_caps_totals_and_what_is_sold_hold(world: World, turn: Turn) -> None:
    with tempfile.TemporaryDirectory() as name:
        run = planned(world, Path(name))
        found = None if run is None else turned_round(run, turn, Path(name))
        if run is None or found is None:
            return
        event("recalibrated")
        check_promises(run, found, turn)


def check_promises(run: Path, found: MeasureRecalibration, turn: Turn) -> None:
    """Hold a recalibration against the run that it came from."""
    unit = float(found.changed.scenario.settings.rounding) or 1e-6
    period = found.standing.period
    before, after = stored(run, "targets"), found.targets
    others = [table[table["period"] != period]["target"].tolist() for table in (before, after)]
    assert others[0] == pytest.approx(others[1])
    assert found.placed + found.gap == pytest.approx(found.goal)
    told = set(found.not_moved["where"])
    stay = set(found.standing.seats.rep) - {"", "Zz new"}
    if found.changed.scenario.table("people") is not None:
        stay &= set(found.changed.scenario.tables["people"]["rep"])
    own = [table[table["period"] == period] for table in (before, after)]
    street = [table.groupby("rep")["target"].sum().to_dict() for table in own]
    for rep in stay:
        was, now = (each.get(rep, 0.0) for each in street)
        assert within(was, was, now, turn.cap, unit), rep
        assert now >= min(was, turn.sold * was) - unit * 1e-6
    cells = [_leaves(stored(run, "rollup"), period), _leaves(found.rollup, period)]
    leaves = set(before["region"])
    for place, was in cells[0].items():
        now = cells[1][place]
        region, product = place
        if region in leaves and f"{region}: {product}" not in told:
            assert within(was, was, now, turn.cap, unit), place


def _leaves(rollup: pd.DataFrame, period: str) -> Mapping[tuple[str, str], float]:
    labels = rollup[["period", "region", "team", "product"]].astype(str)
    own = (labels["period"] == period) & (labels["team"] == "*") & (labels["product"] != "*")
    rows = rollup[own & (labels["region"] != "*")]
    return {
        (str(region), str(product)): float(target)
        for region, product, target in rows[["region", "product", "target"]].itertuples(index=False)
    }


@LIGHT
@given(worlds(), st.sampled_from((0.0, 0.5, 1.1)))
def test_nothing_moves_where_nothing_changed(world: World, sold: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        run = planned(world, Path(name))
        if run is None:
            return
        turn = Turn(0.2, sold, None, None, leaver=False, joiner=False)
        found = turned_round(run, turn, Path(name))
        assert found is not None
        assert found.changes.empty
        assert found.not_moved.empty
        before = stored(run, "targets")["target"].to_numpy(dtype=float)
        unit = float(found.changed.scenario.settings.rounding) or 1e-6
        assert found.targets["target"].to_numpy() == pytest.approx(before, abs=unit * 1e-3)


@LIGHT
@given(worlds(), TURNS)
def test_least_change_is_the_joint_optimum(world: World, turn: Turn) -> None:
    with tempfile.TemporaryDirectory() as name:
        run = planned(world, Path(name))
        if run is None:
            return
        actuals, week, options = turned(run, turn, Path(name))
        try:
            found = find_recalibration(run, actuals, week, options).main
            problem = state_problem(found.standing, found.changed)
            ours = solve(problem.instance).allocation
            theirs = solve_joint(problem.instance)
        except (InputError, ContradictionError) as error:
            event(type(error).__name__)
            return
        event("solved")
        size = problem.instance.ask_total
        assert ours.placed.sum() == pytest.approx(theirs.placed.sum(), abs=1e-6 * size)
        give = CERTIFIED * max(theirs.objective, 1e-6 * size)
        assert abs(ours.objective - theirs.objective) <= 2.0 * give + 1e-9 * size
