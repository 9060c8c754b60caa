"""Weeks of random plans add up on every level, for any number of weeks and any mix of curves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.pacing.actuals import Actuals
from optimizer.pacing.curve import Curve, Phases, phase_curve
from optimizer.pacing.curves import Curves
from optimizer.pacing.landing import Spread
from optimizer.pacing.pace import weekly_table
from optimizer.pacing.run import PlannedRun
from optimizer.pacing.seats import Seats
from optimizer.pacing.standing import status_table
from optimizer.pacing.status import Lights

PRODUCTS = ("p", "q", "r")


@dataclass(frozen=True)
class _Case:
    seats: Seats
    curves: Curves
    unit: float
    done: int
    seed: int


@st.composite
def cases(draw: st.DrawFn) -> _Case:
    """Return seats in up to 4 regions of up to 2 teams each, on two different curves."""
    weeks, unit = draw(st.integers(1, 53)), draw(st.sampled_from([1.0, 10.0, 0.25, 0.01]))
    seed = draw(st.integers(0, 2**32 - 1))
    random, count = np.random.default_rng(seed), draw(st.integers(1, 25))
    units = random.integers(0, draw(st.sampled_from([2, 60, 3000])), (count, len(PRODUCTS)))
    region = np.sort(random.integers(0, 4, count)).astype(str).astype(object)
    team = np.array([f"{one}{random.integers(2)}" for one in region], dtype=object)
    target = units.sum(axis=1) * unit
    seats = Seats(
        period="2024Q1", weeks=weeks, start=None, region=region, team=team,
        rep=np.array([f"r{number:02}" for number in range(count)], dtype=object),
        role=np.full(count, "", dtype=object), floor=0.8 * target, target=target,
        products=PRODUCTS, product_floor=0.8 * units * unit, product_target=units * unit,
    )  # fmt: skip
    shares = random.integers(0, 1000, weeks) + (np.arange(weeks) == weeks // 2)
    learned = Curve(tuple(Fraction(int(one), int(shares.sum())) for one in shares), ("",) * weeks)
    curves = Curves((phase_curve(weeks, Phases()), learned), random.integers(0, 2, count), None, ())
    return _Case(seats, curves, unit, draw(st.integers(1, min(weeks, 6))), seed)


@settings(max_examples=50)
@given(case=cases())
def test_weekly_targets_add_up_on_every_level(case: _Case) -> None:
    """In whole units, exactly: seat, team, region and company, over weeks and week by week."""
    seats, unit = case.seats, case.unit
    planned = cast(PlannedRun, SimpleNamespace(seats=(seats,)))
    table = weekly_table(planned, {seats.period: case.curves}, {"rounding": unit})
    whole = np.rint(table["target"] / unit).astype(int)
    assert np.abs(table["target"] - whole * unit).max() < 1e-6 * unit
    table = table.assign(units=whole, team=np.repeat(seats.team, seats.weeks))
    targets = pd.DataFrame(
        {"rep": seats.rep, "team": seats.team, "region": seats.region,
         "units": np.rint(seats.target / unit).astype(int)}
    )  # fmt: skip
    company = table.groupby("week")["units"].sum()
    assert list(company.index) == list(range(1, seats.weeks + 1))
    assert company.sum() == targets["units"].sum()
    for level in ("rep", "team", "region"):
        sums = table.groupby(level)["units"].sum()
        assert sums.to_dict() == targets.groupby(level)["units"].sum().to_dict()
        by_week = table.groupby([level, "week"])["units"].sum().groupby("week").sum()
        assert by_week.equals(company)
    running = table.groupby("rep", sort=False)["target"].cumsum()
    assert np.abs(running - table["cumulative"]).max() < 1e-6 * unit
    last = table[table["week"] == seats.weeks]
    assert (last["cumulative"].to_numpy() == seats.target).all()


@settings(max_examples=25)
@given(case=cases())
def test_what_is_sold_and_due_adds_up_on_every_level(case: _Case) -> None:
    """Products too, in every week so far; the landing of sums is the sum of landings."""
    seats, random = case.seats, np.random.default_rng(case.seed + 1)
    sold_of = random.uniform(-1, 20, (len(seats), len(PRODUCTS), case.done))
    actuals = Actuals(case.done, sold_of.sum(axis=1), sold_of)
    table = status_table(seats, case.curves, actuals, Spread(), Lights())
    assert set(table["week"]) == set(range(1, case.done + 1))
    columns = ["actual", "floor_due", "target_due"]
    company = table[table["level"] == "company"].set_index("week")[columns]
    for level in ("region", "team", "product", "rep"):
        own = table[table["level"] == level].groupby("week")[columns].sum()
        assert np.allclose(own, company, rtol=1e-9, atol=1e-7), level
    assert np.allclose(
        company["target_due"], [seats.target @ case.curves.due[case.curves.of_seat, week]
                                for week in range(case.done)], atol=1e-7,
    )  # fmt: skip
    for column in ("probability_floor", "probability_target"):
        assert table[column].between(0, 1).all()
    assert (table["low"] <= table["high"]).all()
