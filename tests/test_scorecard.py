"""``scorecard.toml``: read exactly, and sent back with every mistake in a planner's words."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import documents
import pandas as pd
import pytest
from click.testing import CliRunner

from cli import main
from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.errors import Finding, InputError
from optimizer.incentives.read import read_incentives
from optimizer.inputs.loaded import Loaded
from optimizer.scorecards.card import Grade, Knot, Metric, Months
from optimizer.scorecards.cards import Cards
from optimizer.scorecards.keys import KEYS
from optimizer.scorecards.points import best, neutral, points, worst
from optimizer.scorecards.read import check_scorecard, read_scorecard
from optimizer.scorecards.words import card_text
from tests.score_world import CASES

TOP = 'missing = "reweight"\n'
BANDS = "bands = [{ from = 0.0, points = 0 }, { from = 1.0, points = 100 }]\n"
RATIO = (
    '[[metric]]\nname = "sales"\nweight = 1.0\nkind = "ratio"\nsource = "amount"\nmode = "band"\n'
)
LEVEL = RATIO.replace("ratio", "level").replace("amount", "collection_rate")
WHOLE = TOP + RATIO + BANDS


def loaded(**people: object) -> Loaded:
    """Return a senior and a newcomer in Shanghai, below East, and an open seat in North."""
    table = pd.DataFrame(
        {
            "rep": ["Ann", "Bob", "Cid"],
            "region": ["Shanghai", "Shanghai", "North"],
            "team": ["one", "", ""],
            "role": ["senior", "newcomer", "senior"],
            "open": [False, False, True],
            "start": pd.to_datetime(["", "2024-02-15", ""]),
            "x_market": ["mature", "growing", "growing"],
            **people,
        }
    )
    regions = pd.DataFrame({"region": ["East", "Shanghai", "North"], "parent": ["", "East", ""]})
    metrics = pd.DataFrame(
        {"period": ["2024Q1"], "rep": ["Ann"], "metric": ["collection_rate"], "value": [0.9]}
    )
    tables = {
        "people": table,
        "regions": regions,
        "products": pd.DataFrame({"product": ["MES", "Twin"]}),
        "metrics": metrics,
    }
    settings = Settings("s", ("2024Q1", "2024Q2", "2024Q3"), Goal(1.0))
    return Loaded((Scenario(settings, tables),))


def findings(text: str, at: Loaded | None = None) -> list[Finding]:
    return check_scorecard(text.encode(), at)


def errors(text: str, at: Loaded | None = None) -> list[Finding]:
    found = [finding for finding in findings(text, at) if finding.severity == "error"]
    with pytest.raises(InputError) as refused:
        read_scorecard(text.encode(), at)
    assert list(refused.value.findings) == found
    return found


def metric(text: str = "", **keys: str) -> str:
    """Return a measure with some keys in place of others, and further lines."""
    base = {
        "name": '"sales"', "weight": "1.0", "kind": '"ratio"', "source": '"amount"',
        "mode": '"band"', "bands": "[{ from = 0.0, points = 0 }, { from = 1.0, points = 100 }]",
    }  # fmt: skip
    lines = [f"{name} = {value}" for name, value in {**base, **keys}.items() if value]
    return "[[metric]]\n" + "\n".join(lines) + f"\n{text}\n"


def test_every_element_is_read_exactly() -> None:
    text = TOP + (
        'grades = [{ from = 0, name = "B" }, { from = 84.5, name = "A" }]\n'
        + metric(
            'match = { role = ["senior", "lead"], months = { from = 3, to = 6 } }\n'
            'missing = "neutral"\nneutral = 70\nbetter = "higher"\ncarry = true\n'
            'products = ["MES"]\nof = "stretch"\n',
            weight="0.1",
            mode='"linear"',
        )
        + metric(
            'better = "lower"\n',
            kind='"level"',
            weight="0.9",
            name='"complaints"',
            source='"complaint_rate"',
            bands="[{ from = 0, points = 100 }, { above = 0.02, points = 80 }]",
        )
    )
    card = read_scorecard(text.encode())
    first, second = card.metrics
    knots = (Knot(Fraction(0), Fraction(0)), Knot(Fraction(1), Fraction(100)))
    assert first == Metric(
        "sales", Fraction(1, 10), "ratio", "amount", knots, "stretch", "higher", "linear",
        "neutral", Fraction(70), True, ("MES",), {"role": ("senior", "lead")}, Months(3, 6),
    )  # fmt: skip
    assert (first.figure, second.figure) == ("amount of MES", "complaint_rate")
    assert second.knots[1] == Knot(Fraction(1, 50), Fraction(80), is_above=True)
    assert (second.better, second.missing) == ("lower", "reweight")
    assert card.grades == (Grade(Fraction(0), "B"), Grade(Fraction(169, 2), "A"))
    assert [card.grade(Fraction(value, 10)) for value in (-1, 0, 844, 845, 999)] == [
        "", "B", "B", "A", "A",
    ]  # fmt: skip
    assert card.figures == {"amount", "complaint_rate"}


@pytest.mark.parametrize(
    ("text", "row", "column", "problem"),
    [
        ("", 0, "", "the file has no measure"),
        (TOP + "[[metric]]\n", 2, "metric[0].name", "the name is missing"),
        (TOP + metric(weight=""), 2, "metric[0].weight", "the weight is missing"),
        (TOP + metric(kind=""), 2, "metric[0].kind", "the kind is missing"),
        (TOP + metric(source=""), 2, "metric[0].source", "the source is missing"),
        (TOP + metric(mode=""), 2, "metric[0].mode", "the mode is missing"),
        (TOP + metric(bands="[]"), 8, "metric[0].bands", "the bands is empty"),
        (metric(), 1, "metric[0].missing", "nothing says what holds where a value is missing"),
        (TOP + metric(kind='"rate"'), 5, "metric[0].kind", "not one of the known words"),
        (TOP + metric("wieght = 1"), 9, "metric[0].wieght", "has no such key"),
        (TOP + metric("carry = 1"), 9, "metric[0].carry", "neither true nor false"),
        (TOP + metric(name='"score"'), 3, "metric[0].name", "this is the name of the total"),
        (TOP + metric(weight="40"), 4, "metric[0].weight", "a weight is a share of 1"),
        (TOP + metric(weight="nan"), 4, "metric[0].weight", "not a finite number"),
        (TOP + metric("of = 0"), 9, "metric[0].of", "neither a number above 0 nor a name"),
        (TOP + metric("of = true"), 9, "metric[0].of", "neither a number above 0 nor a name"),
        (TOP + metric("of = ''"), 9, "metric[0].of", "the name is empty"),
        (TOP + metric("of = 3", kind='"level"'), 9, "metric[0].of", "only a ratio is of something"),
        (TOP + metric(source='"attainment"'), 5, "metric[0].kind", "attainment is a ratio already"),
        (TOP + metric("match = {}"), 9, "metric[0].match", "does not say whom to match"),
        (TOP + metric("match = { role = 3 }"), 9, "metric[0].match", "does not say whom to match"),
        (TOP + metric("match = { months = 3 }"), 9, "metric[0].match.months", "no months since"),
        (TOP + metric("match = { months = { from = 3, to = 3 } }"), 9, "metric[0].match.months",
         "the end is not after the beginning"),
        (TOP + metric("match = { months = { form = 3 } }"), 9, "metric[0].match.months",
         "no months since"),
        (TOP + metric("match = { months = { to = 99999999999999999999999 } }"), 9,
         "metric[0].match.months", "no months since"),
        (TOP + metric("match = { months = { from = -1 } }"), 9, "metric[0].match.months",
         "no months since"),
        (TOP + metric("neutral = 50"), 9, "metric[0].neutral", "neutral points are never used"),
        (TOP + metric('missing = "neutral"\nneutral = 101'), 10, "metric[0].neutral",
         "would earn more or less than any value can (0 to 100)"),
        (TOP + metric() + metric(), 11, "metric[1].name", "two measures of this name"),
        ("metric = 3\n" + TOP, 1, "metric", "must be a list of tables"),
        ('grades = "A"\n' + WHOLE, 1, "grades", "must be a list of tables"),
        ('grades = [{ from = 0, name = "A" }, { from = 0, name = "B" }]\n' + WHOLE, 1,
         "grades[1].from", "does not begin above the one before it"),
        ('grades = [{ from = 0, name = "A" }, { from = 9, name = "A" }]\n' + WHOLE, 1,
         "grades[1].name", "grades[0] has this name too"),
        ("grades = [{ from = 0 }]\n" + WHOLE, 1, "grades[0].name", "the name is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_stands(
    text: str, row: int, column: str, problem: str
) -> None:
    found = [one for one in errors(text) if problem in one.problem]
    assert [(one.file, one.row, one.column) for one in found] == [("scorecard.toml", row, column)]
    assert all(one.remedy for one in found)


def bands(text: str, mode: str = "band", extra: str = "") -> str:
    return TOP + metric(extra, bands=f"[{text}]", mode=f'"{mode}"')


@pytest.mark.parametrize(
    ("text", "severity", "problem"),
    [
        (bands("{ from = 1, points = 9 }, { from = 0, points = 0 }"), "error",
         "this band begins below the one before it, at 100 %"),
        (bands("{ from = 0, points = 0 }, { from = 0, points = 9 }"), "error",
         "two bands begin at 0 %: they overlap"),
        (bands("{ from = 0, points = 0 }, { from = 0, points = 5 }, { from = 0, points = 9 }",
               "linear"), "error", "three bands begin at 0 %"),
        (bands("{ from = 0, points = 0 }, { above = 1, points = 9 }", "linear"), "error",
         "no beginning just above a value"),
        (bands("{ points = 0 }"), "error", "the band must begin somewhere"),
        (bands("{ from = 0, above = 0, points = 0 }"), "error", "the band must begin somewhere"),
        (bands("{ from = 0 }"), "error", "the points is missing"),
        (bands("{ from = 0, points = -1 }"), "error", "the number is negative"),
        (bands("{ from = 0, points = 80 }, { from = 1, points = 50 }"), "error",
         "points fall from 80 to 50 at 100 %, and higher values are better"),
        (bands("{ from = 0, points = 50 }, { from = 1, points = 80 }", extra='better = "lower"'),
         "error", "points rise from 50 to 80 at 100 %, and lower values are better"),
        (bands("{ from = 0, to = 1.1, points = 0 }, { from = 1, points = 9 }"), "error",
         "this band ends at 110 % and the next begins at 100 %: they overlap"),
        (bands("{ from = 1, to = 1, points = 0 }"), "error", "is not above the beginning 100 %"),
        (bands("{ from = 0, to = 0.8, points = 40 }, { from = 1, points = 80 }"), "note",
         "nothing is said from 80 % to 100 %: a hole, where the band before it goes on with 40 "
         "points"),
        (bands("{ from = 0, to = 0.8, points = 40 }, { from = 1, points = 80 }", "linear"), "note",
         "a hole, where the straight line goes on"),
        (bands("{ from = 0, points = 0 }, { from = 1, to = 2, points = 9 }"), "note",
         "nothing is said from 200 % on"),
        (bands("{ from = 0.5, points = 9 }"), "note", "nothing is said below 50 %"),
        (bands("{ from = 0, points = 9 }"), "note", "the measure tells nobody apart"),
        (TOP + metric(weight="0"), "note", "the measure counts nothing"),
        ("grades = [{ from = 60, name = 'A' }]\n" + WHOLE, "note", "totals below 60 have no grade"),
        ("grades = [{ from = 0, name = 'A' }, { from = 101, name = 'B' }]\n" + WHOLE, "note",
         "no total reaches this grade: the most points are 100"),
    ],
)  # fmt: skip
def test_bands_and_grades_are_looked_at(text: str, severity: str, problem: str) -> None:
    found = [one for one in findings(text) if problem in one.problem]
    assert [one.severity for one in found] == [severity]


def test_a_table_read_with_its_printed_thresholds_has_a_hole_that_check_names() -> None:
    """SC-01: nothing is printed for 80 to 100 %; the band below goes on, with 40 points."""
    printed = bands(
        "{ from = 0, to = 0.8, points = 40 }, { from = 1.0, to = 1.2, points = 80 }, "
        "{ from = 1.2, points = 100 }"
    )
    (found,) = findings(printed)
    assert "from 80 % to 100 %: a hole, where the band before it goes on with 40 points" in str(
        found
    )
    assert points(read_scorecard(printed.encode()).metrics[0], Fraction(85, 100)) == 40


def test_six_measures_of_85_to_15_per_cent_are_no_fault_but_remarked_on() -> None:
    """SC-01: how much is quantitative is no rule; more than five measures are remarked on."""
    text = (CASES / "d1-hole-60.toml").read_text(encoding="utf-8")
    found = findings(text, loaded())
    assert {one.severity for one in found} == {"note"}
    (remark,) = [one for one in found if "measures" in one.problem]
    assert "the card of everyone (Ann, Bob in 2024Q1) has 6 measures" in remark.problem


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        (("0.4",), "add up to 0.4, not to 1; 0.6 is missing"),
        (("0.4", "0.7"), "add up to 1.1, not to 1; 0.1 too much"),
        (("0.3333", "0.3333", "0.3333"), "add up to 0.9999, not to 1; 0.0001 is missing"),
    ],
)
def test_weights_add_up_to_1_exactly(weights: tuple[str, ...], told: str) -> None:
    """SC-07: gross profit at 40 %, other weights unknown, is refused."""
    text = TOP + "".join(
        metric(name=f'"m{place}"', weight=weight) for place, weight in enumerate(weights)
    )
    (found,) = errors(text, loaded())
    assert (found.column, told in found.problem) == ("metric[0].weight", True)
    assert found.value.startswith("m0 0.")


def test_each_card_adds_up_by_itself() -> None:
    text = (
        TOP
        + metric('match = { role = "senior" }')
        + metric("match = { role = 'newcomer', months = { to = 3 } }", name='"visits"', of="260",
                 source='"visits"')
        + metric("match = { role = 'newcomer', months = { from = 3 } }", weight="0.5")
    )  # fmt: skip
    (found,) = errors(text, loaded())
    assert "the card of newcomer, months from 3 (Bob in 2024Q3) add up to 0.5" in found.problem
    assert errors(text.replace("to = 3", "to = 4"), loaded()) == [found]
    kept = text.replace("0.5", "1.0")
    assert [one for one in findings(kept, loaded()) if one.severity == "error"] == []


def test_overlapping_matches_are_named() -> None:
    text = (
        TOP
        + metric('match = { role = "newcomer" }', weight="0.5")
        + metric('match = { x_market = "growing" }', weight="0.5")
    )
    (found,) = errors(text, loaded())
    assert found.problem.startswith("metric[0] puts sales on the card of newcomer, market growing")
    assert "(Bob in 2024Q1) too: matches overlap" in found.problem


@pytest.mark.parametrize(
    ("text", "severity", "problem", "remedy"),
    [
        (metric('match = { roel = "senior" }'), "error", "people have no column roel", "role?"),
        (metric('match = { month = "3" }'), "error", "people have no column month", "months?"),
        (metric('match = { role = "seniro" }'), "note", "nobody has this role", "senior?"),
        (metric('match = { role = "senior" }'), "note", "no measure is for Bob in 2024Q1", "match"),
        (metric('products = ["MSE"]'), "error", "the scenario has no such product", "MES?"),
        (metric('products = ["MES"]', source='"visits"', of="9"), "error",
         "visits is not planned by product", "amount"),
        (metric(source='"visits"'), "error", "visits is no measure of the plan, so it has no",
         "of = 260"),
        (metric(source='"colection_rate"', kind='"level"'), "note",
         "nothing of the scenario has this name", "collection_rate?"),
        (metric(source='"visits"', of='"due"'), "note",
         "the scenario has no values of due, visits", "metrics.csv"),
    ],
)  # fmt: skip
def test_cards_are_held_against_the_scenario(
    text: str, severity: str, problem: str, remedy: str
) -> None:
    found = [one for one in findings(TOP + text, loaded()) if problem in one.problem]
    assert [one.severity for one in found] == [severity]
    assert remedy in found[0].remedy


def test_months_need_dates_and_starts() -> None:
    text = TOP + metric("match = { months = { from = 3 } }")
    found = [str(one) for one in findings(text, loaded()) if "no start" in one.problem]
    assert found == [
        "scorecard.toml, row 9, column metric[0].match.months: Ann has no start and counts "
        "as there for long. Fill in their start in people if that is not meant."
    ]
    undated = loaded()
    settings = Settings("s", ("first", "second"), Goal(1.0))
    scenario = Scenario(settings, undated.scenarios[0].tables)
    (wrong,) = errors(text, Loaded((scenario,)))
    assert "nothing dates first, second" in wrong.problem


def test_cards_follow_role_region_and_months() -> None:
    text = (
        TOP
        + metric("match = { months = { to = 1 } }", name='"first"')
        + metric("match = { months = { from = 1, to = 4 } }", name='"then"')
        + metric("match = { months = { from = 4 } }", name='"later"')
        + metric('match = { region = "East" }', name='"east"', weight="0")
    )
    metrics = read_scorecard(text.encode(), loaded()).metrics
    cards = Cards(metrics, loaded().scenarios[0])
    assert cards.of("2024Q1") == {"Ann": (2, 3), "Bob": (0, 3), "Cid": (2,)}
    assert cards.of("2024Q2")["Bob"] == (1, 3)
    assert cards.of("2024Q3")["Bob"] == (2, 3)
    late = loaded(start=pd.to_datetime(["2024-04-01", "2024-03-31", ""]))
    assert set(Cards(metrics, late.scenarios[0]).of("2024Q1")) == {"Bob", "Cid"}


def test_a_card_is_called_by_whom_all_its_measures_are_for() -> None:
    text = (
        TOP
        + metric('match = { role = ["senior", "newcomer"], months = { to = 9 } }', weight="0.5")
        + metric('match = { role = "senior", x_market = "mature", months = { from = 3 } }',
                 name='"b"', weight="0.5")
        + metric(name='"c"', weight="0")
    )  # fmt: skip
    metrics = read_scorecard(text.encode()).metrics
    assert card_text(metrics) == "senior, market mature, months 3 to 9"
    assert card_text(metrics[:1]) == "senior or newcomer, months 0 to 9"
    assert card_text(metrics[1:2]) == "senior, market mature, months from 3"
    assert card_text(metrics[2:]) == "everyone"


def test_customer_tiers_from_20_to_100_include_both_ends() -> None:
    """SC-09: strategic above 100, potential below 20, growth between, both ends included."""
    text = TOP + metric(
        kind='"level"',
        source='"lifetime_value"',
        bands="[{ from = 0, points = 1 }, { from = 20, points = 2 }, { above = 100, points = 3 }]",
    )
    (one,) = read_scorecard(text.encode()).metrics
    values = ("0", "19.99", "20", "100", "100.01")
    assert [points(one, Fraction(value)) for value in values] == [1, 1, 2, 2, 3]


def test_below_the_first_band_nothing_is_earned_unless_less_is_better() -> None:
    higher = bands("{ from = 0.5, points = 20 }, { from = 1, points = 100 }")
    (one,) = read_scorecard(higher.encode()).metrics
    assert (points(one, Fraction(1, 4)), worst(one), best(one), neutral(one)) == (0, 0, 100, 50)
    lower = bands("{ from = 0.5, points = 90 }, { from = 1, points = 20 }",
                  extra='better = "lower"')  # fmt: skip
    (one,) = read_scorecard(lower.encode()).metrics
    assert (points(one, Fraction(1, 4)), worst(one), best(one), neutral(one)) == (90, 20, 90, 55)


def test_check_tells_of_scorecards(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    done = CliRunner().invoke(main, ["init", str(folder), "--example", "company-a"])
    assert done.exit_code == 0
    (folder / "scorecard.toml").write_text(TOP + metric(weight="0.9"), encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(folder)])
    assert done.exit_code == 2
    assert "scorecard.toml, row 4, column metric[0].weight: the weights of the card of" in (
        done.stderr
    )
    (folder / "incentive.toml").write_text('[[plan]]\nnam = "a"\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(folder)])
    assert "incentive.toml, row 2, column plan[0].nam: " in done.stderr
    assert "scorecard.toml, row 4, column metric[0].weight: " in done.stderr
    (folder / "incentive.toml").unlink()
    (folder / "scorecard.toml").write_text(TOP + metric("of = 300"), encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(folder)])
    assert done.exit_code == 0, done.stderr


def test_a_plan_by_region_has_nobody_to_score() -> None:
    bare = Loaded((Scenario(Settings("s", ("2024Q1",), Goal(1.0)), {}),))
    (found,) = [one for one in findings(WHOLE, bare) if one.problem.startswith("the scenario")]
    assert "nobody to score" in found.problem


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_scorecard(tmp_path / "none.toml")
    with pytest.raises(InputError, match="the line is no TOML"):
        read_scorecard(b"[[metric]\n")


def test_the_page_describes_every_key_and_its_examples_are_sound() -> None:
    page = documents.ROOT / "docs" / "scorecards.md"
    text = page.read_text(encoding="utf-8")
    for key in KEYS:
        name = key.path.rpartition(".")[2].removesuffix("[]")
        assert re.search(rf"`(\w+ = )?{name}\b|{name} =", text), key.path
    cards, rules = documents.blocks_in("toml", [page])
    assert len(read_scorecard(cards.text.encode()).metrics) == 4
    assert check_scorecard(cards.text.encode()) == []
    (plan,) = read_incentives(rules.text.encode()).plans
    assert [gate.factor for gate in plan.gates] == [0, None]


def test_more_measures_than_anybody_could_explain_are_refused() -> None:
    metric = "[[metric]]\nname = 'm'\n"
    with pytest.raises(InputError, match=r"column metric: there are 1,001 of them\. Write at most"):
        check_scorecard((metric * 1_001).encode())
    assert check_scorecard((metric * 1_000).encode())
