"""The public table of test cases of scorecards, by the engine and by the slow interpreter."""

from __future__ import annotations

from fractions import Fraction

import pytest

from optimizer.scorecards.score import RepScore
from tests.score_interpreter import Interpreter, Told
from tests.score_world import CASES, Cell, read_case, rows_of, score_world

NAMES = [row["case"] for row in rows_of(CASES / "cases.csv")]


def said(score: RepScore) -> Told:
    """Return what the engine says, in the form of the interpreter."""
    low, high = score.range
    points = {line.metric.name: line.points for line in score.lines}
    return Told(points, score.total, score.known, low, high, score.rank, score.region_rank,
                score.grade)  # fmt: skip


def expected_of(row: Cell) -> dict[str, str]:
    """Return what a row says is right, by column."""
    columns = ("total", "known", "low", "high", "rank", "region_rank", "grade")
    return {
        name: value
        for name, value in row.items()
        if value and (name in columns or name.startswith("points "))
    }


def shown(told: Told, column: str, text: str) -> str:
    """Return a figure as a text of as many places as the expected one has."""
    if column.startswith("points "):
        value: object = told.points[column.removeprefix("points ")]
    else:
        value = getattr(told, column)
    if not isinstance(value, Fraction):
        return str(value)
    places = len(text.partition(".")[2])
    return f"{float(round(value, places)):.{places}f}"


@pytest.mark.parametrize("name", NAMES)
def test_case_is_scored_as_it_says(name: str) -> None:
    world, rows = read_case(name)
    engine = {(one.period, one.rep): said(one) for one in score_world(world).scores}
    assert engine == Interpreter(world).run()
    for row in rows:
        told, expected = engine[row["period"], row["rep"]], expected_of(row)
        assert {key: shown(told, key, text) for key, text in expected.items()} == expected
        exact = {key: text for key, text in expected.items() if key.startswith("points ")}
        for key, text in exact.items():
            assert told.points[key.removeprefix("points ")] == Fraction(text)


def test_every_file_belongs_to_a_case() -> None:
    listed = rows_of(CASES / "cases.csv")
    assert {path.stem for path in CASES.glob("*.csv")} == {"cases", *NAMES}
    assert {path.stem for path in CASES.glob("*.toml")} == {row["card"] for row in listed}
    assert len(NAMES) == len(set(NAMES))


def test_what_a_case_says_is_looked_at() -> None:
    told = sum(len(expected_of(row)) for name in NAMES for row in read_case(name)[1])
    assert told > 200
