"""The public table of test cases of pay, by the engine and by the slow interpreter."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.pay_interpreter import Interpreter
from tests.pay_world import CASES, pay_world, read_case, rows_of

NAMES = [row["case"] for row in rows_of(CASES / "cases.csv")]


@pytest.mark.parametrize("name", NAMES)
def test_case_is_paid_as_it_says(name: str) -> None:
    world, expected = read_case(name)
    payouts = {(one.period, one.rep): one.amount for one in pay_world(world).payouts}
    assert {place: f"{payouts[place]:.2f}" for place in expected} == expected
    slow = Interpreter(world).run()
    assert {place: slow[place] for place in expected} == {
        place: Fraction(amount) for place, amount in expected.items()
    }


def test_every_file_belongs_to_a_case() -> None:
    names = {path.name.split(".")[0] for path in CASES.iterdir() if path.suffix == ".toml"}
    assert names == set(NAMES)
    assert len(NAMES) == len(set(NAMES)) > 40
