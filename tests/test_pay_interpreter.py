"""The engine against a slow interpreter: the same cents in random worlds, ties included.

``QUOTAPLAN_EXPLORE=1`` looks at other worlds, ``QUOTAPLAN_EXAMPLES`` at how many.
"""

from __future__ import annotations

import os
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from optimizer.pay.check import check_tables
from optimizer.pay.exact import exact_decimals
from optimizer.pay.pay import Pay, pay_run
from optimizer.pay.tables import ledger_rows, payout_header, payout_rows, pool_rows
from tests.pay_interpreter import Interpreter
from tests.pay_random import random_worlds
from tests.pay_world import pay_world, people_of, write_world

SALES = 5
"""Worlds per set of rules."""

FIRST = 1_000_000 if os.environ.get("QUOTAPLAN_EXPLORE") else 0
WORLDS = int(os.environ.get("QUOTAPLAN_EXAMPLES", "1000"))
PORTIONS = 10


def recounted(pay: Pay) -> int:
    with exact_decimals():
        tables = (list(rows(pay)) for rows in (payout_rows, ledger_rows, pool_rows))
        return check_tables(payout_header(pay), *tables)


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_payouts_agree_to_the_cent(portion: int) -> None:
    for seed in range(FIRST + portion, FIRST + WORLDS // SALES, PORTIONS):
        people = None
        for world in random_worlds(seed, SALES):
            people = people or people_of(world)
            pay = pay_world(world, people)
            found = {(one.period, one.rep): Fraction(one.amount) for one in pay.payouts}
            assert found == Interpreter(world).run(), seed
            assert recounted(pay) > 0


@pytest.mark.parametrize("seed", range(2, 10))
def test_files_are_paid_as_what_they_hold(seed: int, tmp_path: Path) -> None:
    (world,) = random_worlds(seed, 1)
    assert {period for period, _, _ in world.cells} == set(world.periods)
    pay = pay_run(*write_world(world, tmp_path))
    found = {(one.period, one.rep): Fraction(one.amount) for one in pay.payouts}
    assert found == Interpreter(world).run()


def test_random_worlds_are_worth_paying() -> None:
    """The worlds reach every kind of line, thresholds hit exactly, and every way to split."""
    kinds: set[str] = set()
    thresholds = [Decimal("0.8"), Decimal(1), Decimal("1.2")]
    on_threshold = 0
    for seed in range(60):
        for world in random_worlds(seed, 1):
            for one in pay_world(world).payouts:
                kinds |= {line.kind for line in one.lines}
                on_threshold += one.attainment in thresholds
    assert kinds >= {"commission", "bonus", "gate", "cap", "paid before", "pool", "award"}
    assert "guarantee" in kinds
    assert on_threshold > 10
