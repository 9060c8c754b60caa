"""Optimality and limits in exact fractions; 200 worlds and more by ``python tests/exact.py``."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import agreement
import exact
import numpy as np
import pytest

from optimizer.model.pooled import solve_pooled
from optimizer.results.rounding import round_plan

SMALL = 8
"""A world of `agreement` with people, whose plan is not at its reference."""

CONTRADICTION = 43
"""A world of `agreement` that no plan fits."""


def test_plans_are_optimal_and_whole_plans_exact() -> None:
    tally = exact.Tally()
    for seed in (*range(5, 13), CONTRADICTION):
        exact.check(seed, tally)
    assert tally.wrong == []
    assert tally.worlds["proven"] == tally.worlds["whole"] == 8
    assert tally.worlds["proven contradiction"] == 1
    assert tally.most["gap of the exact F"] <= exact.PROVEN
    assert tally.most["F of pooled above"] <= 1e-6


@pytest.mark.parametrize(
    ("field", "factor", "words"),
    [
        ("objective", 1.01, "F of pooled above"),
        ("objective", 0.99, "F of pooled below"),
        ("bound", 1.01, "bound of pooled beyond"),
        ("placed_most", 0.999, "placed of pooled off"),
        ("street_most", 1.001, "street of pooled off"),
    ],
)
def test_a_wrong_answer_is_seen(
    monkeypatch: pytest.MonkeyPatch, field: str, factor: float, words: str
) -> None:
    def lying(instance: exact.Instance) -> exact.Allocation:
        found = solve_pooled(instance)
        return replace(found, **{field: factor * getattr(found, field)})

    monkeypatch.setattr(exact, "solve_pooled", lying)
    tally = exact.Tally()
    exact.check(SMALL, tally)
    assert any(words in text for text in tally.wrong)


def test_a_unit_too_many_is_seen() -> None:
    instance = agreement.make_world(SMALL)
    whole = round_plan(instance, solve_pooled(instance), instance)
    assert list(exact.whole_faults(instance, whole)) == []
    assert whole.cells is not None
    cells = whole.cells.copy()
    cells.flat[np.argmax(cells)] -= 1
    assert list(exact.whole_faults(instance, replace(whole, cells=cells)))
    placed = whole.placed + (whole.placed == whole.placed.max())
    assert list(exact.whole_faults(instance, replace(whole, placed=placed)))


def test_shares_mean_what_they_say() -> None:
    assert exact.meant(1 / 3) == Fraction(1, 3)
    assert sum(exact.meant(share) for share in (0.6, 0.1, 0.3)) == 1


def test_a_bound_needs_no_good_prices() -> None:
    program = exact.read_program(agreement.make_world(SMALL))
    cost = dict.fromkeys(program.placed.values(), Fraction(-1))
    proof = exact.prove(program, cost)
    assert proof is not None
    assert proof.cost == proof.bound
    nothing = [Fraction(0)] * len(program.rows)
    assert exact.bound_of(program, cost, nothing) < proof.bound
