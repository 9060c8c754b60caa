"""Reading a scenario in all its forms, and writing a copy that reads back the same."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from optimizer.domain.columns import CHINESE, Kind
from optimizer.domain.scenario import Goal, Scenario, Tolerance
from optimizer.domain.tables import TABLES, table_of
from optimizer.errors import Finding, InputError
from optimizer.inputs.load import Loaded, load_scenarios, write_copy

TOML = 'name = "tiny"\nperiods = ["2024Q1", "2024Q2"]\ngoal = 1000\n'
PEOPLE = "rep,region,capacity\nAnn,North,300\nBob,South,400\n"

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that writes a scenario folder from file contents."""

    def write(name: str = "tiny", toml: str = TOML, **tables: str | bytes) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "scenario.toml").write_text(toml, encoding="utf-8")
        for table, content in tables.items():
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{table}.csv").write_bytes(data)
        return folder

    return write


def only(loaded: Loaded) -> Scenario:
    """Return the one scenario of a folder with one measure."""
    (scenario,) = loaded.scenarios
    return scenario


def people_of(path: Path) -> pd.DataFrame:
    people = only(load_scenarios(path)).table("people")
    assert people is not None
    return people


def findings_of(path: Path) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as caught:
        load_scenarios(path)
    assert caught.value.exit_code == 2
    return caught.value.findings


# Settings


def test_defaults_are_those_of_the_contract(make: Make) -> None:
    settings = only(load_scenarios(make(toml='periods = ["2024"]\ngoal = 10\n'))).settings
    assert settings.name == "tiny"
    assert (settings.unit, settings.rounding, settings.seed) == ("", 1.0, 0)
    assert (settings.levels.floor, settings.levels.stretch) == (0.8, 1.2)
    assert settings.tolerance == Tolerance()
    assert settings.goal == Goal(target=10.0)
    assert settings.measure == "amount"
    assert not settings.other


def test_every_key_of_the_contract_is_understood(make: Make) -> None:
    toml = """
        name = "annual-2024"
        unit = "10k CNY"
        periods = ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]
        rounding = 1
        seed = 7
        as_of = "2023-12-15"
        goal = { floor = 9000, target = 10000, stretch = 11500 }
        [buffers]
        potential = 0.05
        capacity = 0.10
        over_assignment = { region = 0.0, rep = 0.03 }
        [tolerance]
        period = 0.03
        product = 0.02
        region = 0.05
        [ability]
        top = { share = 0.2, factor = 1.2 }
        bottom = { share = 0.2, factor = 0.8 }
        from = "history"
        [ramp]
        factors = [0.25, 0.5, 0.75]
        [pacing]
        weeks = [4, 6, 3]
        shares = [0.30, 0.50, 0.20]
        names = ["ramp-up", "push", "sprint"]
        red_below = 0.8
        rounding = 1
        [recalibration]
        cap = 0.20
        [pay]
        unit = "CNY"
        per_unit = 10000
        [[contingency]]
        name = "free rival"
        when = "new-customer rate at most 0.8 of plan"
        move = [ { product = "Service", to = 150 } ]
        [stress]
        trials = 10000
        budget = 500.0
        elasticity = 1.0
        metrics = { collection_rate = 0.95 }
        attainment = { model = "lognormal", mean = 0.92, cv = 0.25 }
        correlation = { company = 0.3, region = 0.2 }
        [[stress.by]]
        match = { role = "newcomer" }
        attainment = { model = "lognormal", mean = 0.75, cv = 0.40 }
        [[stress.shock]]
        name = "price war"
        match = { region = "East" }
        factor = 0.8
        probability = 0.1
        [[funnel]]
        match = { role = "senior" }
        steps = ["visit", "demo", "contract"]
        conversion = [0.30, 0.25]
        deal_size = 12.0
    """
    settings = only(load_scenarios(make(toml=toml))).settings
    assert settings.goal == Goal(target=10000.0, floor=9000.0, stretch=11500.0)
    assert settings.as_of == dt.date(2023, 12, 15)
    assert settings.buffers.over_assignment_rep == 0.03
    assert settings.ability.from_history
    assert settings.ramp_factors == (0.25, 0.5, 0.75)
    assert set(settings.other) == {
        "pacing",
        "recalibration",
        "pay",
        "contingency",
        "stress",
        "funnel",
    }


def test_a_toml_date_is_a_date(make: Make) -> None:
    settings = only(load_scenarios(make(toml=TOML + "as_of = 2023-12-15\n"))).settings
    assert settings.as_of == dt.date(2023, 12, 15)


def test_the_toml_file_itself_can_be_named(make: Make) -> None:
    folder = make(people=PEOPLE)
    by_file = only(load_scenarios(folder / "scenario.toml"))
    assert by_file.settings == only(load_scenarios(str(folder))).settings
    assert set(by_file.tables) == {"people"}


# Text tables


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(make: Make, separator: str) -> None:
    people = people_of(make(people=PEOPLE.replace(",", separator)))
    assert people["rep"].tolist() == ["Ann", "Bob"]
    assert people["capacity"].tolist() == [300.0, 400.0]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(make: Make, newline: str) -> None:
    assert len(people_of(make(people=PEOPLE.replace("\n", newline)))) == 2


SIMPLIFIED = (
    "销售员,区域,团队,产能,入职\n张伟,华东,一队,150,2023/7/1\n李娜,华南,二队,80,2023年7月15日\n"
)
TRADITIONAL = (
    "銷售員,區域,團隊,產能,入職\n張偉,華東,一隊,150,2023/7/1\n李娜,華南,二隊,80,2023-07-15\n"
)


@pytest.mark.parametrize(
    ("content", "encoding", "rep"),
    [
        (SIMPLIFIED, "utf-8", "张伟"),
        (SIMPLIFIED, "utf-8-sig", "张伟"),
        (SIMPLIFIED, "gb18030", "张伟"),
        (TRADITIONAL, "utf-8-sig", "張偉"),
        (TRADITIONAL, "big5", "張偉"),
        (TRADITIONAL, "gb18030", "張偉"),
    ],
)
def test_encodings_and_chinese_headers(make: Make, content: str, encoding: str, rep: str) -> None:
    people = people_of(make(people=content.encode(encoding)))
    assert rep in people["rep"].tolist()
    assert sorted(people["capacity"]) == [80.0, 150.0]
    assert sorted(people["start"].dt.day) == [1, 15]


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        ("张伟,华东\n王芳,华南\n刘洋,西部\n", "gb18030"),
        ("張偉,華東\n王芳,華南\n劉洋,西部\n", "big5"),
    ],
)
def test_english_headers_over_chinese_names(make: Make, names: str, encoding: str) -> None:
    people = people_of(make(people=("rep,region\n" + names).encode(encoding)))
    assert sorted(people["rep"]) == sorted(line.split(",")[0] for line in names.split())


def test_every_chinese_header_is_known(make: Make) -> None:
    for index in (0, -1):
        for table in TABLES:
            named = [CHINESE[name][index] for name in table.names if name in CHINESE]
            assert all(table.column(name).aliases for name in table.names if name in CHINESE)  # type: ignore[union-attr]
            assert len(named) == len(set(named))


def test_headers_forgive_case_and_spaces(make: Make) -> None:
    people = people_of(make(people="Rep , Region,Capacity ,Max Total,X_Grade\nAnn,North,900,,A\n"))
    assert people["capacity"].tolist() == [900.0]
    assert people["max_total"].isna().all()
    assert people["x_Grade"].tolist() == ["A"]


def test_blank_rows_and_columns_are_left_out_and_rows_keep_their_number(make: Make) -> None:
    content = "rep,region,,capacity,,\n\nAnn,North,,300\n,,,,,\nBob,South,,,,,\n"
    people = people_of(make(people=content))
    assert people.index.tolist() == [3, 5]
    assert people["capacity"].isna().tolist() == [False, True]


def test_quoted_cells_hold_separators_and_line_ends(make: Make) -> None:
    content = 'rep,region,name\n"Ann, ""A""",North,"two\nlines"\nBob,South,\n'
    people = people_of(make(people=content))
    assert people.loc[2, "rep"] == 'Ann, "A"'
    assert people.index.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("300", 300.0),
        (" 300.50 ", 300.5),
        ("3e2", 300.0),
        ('"1,234,567"', 1234567.0),
        ('"1,234.5"', 1234.5),
        ("３００", 300.0),
    ],
)
def test_numbers(make: Make, cell: str, value: float) -> None:
    people = people_of(make(people=f"rep,region,capacity\nAnn,North,{cell}\n"))
    assert people["capacity"].tolist() == [value]


def test_percent_signs_are_understood_in_shares(make: Make) -> None:
    regions = "region,share\nNorth,40%\nSouth,0.6\n"
    table = only(load_scenarios(make(regions=regions))).table("regions")
    assert table is not None
    assert table["share"].tolist() == [0.4, 0.6]


def test_lists_and_truths(make: Make) -> None:
    content = 'rep;region;open;products\nAnn;N;yes;"B; A ；A"\nBob;N;否;\nCid;N;1;B\n'
    people = people_of(make(people=content, products="product\nA\nB\n"))
    assert people["open"].tolist() == [True, False, True]
    assert people["products"].tolist() == ["B;A", "", "B"]


def test_tables_have_all_declared_columns_in_their_kinds(make: Make) -> None:
    scenario = only(load_scenarios(make(people=PEOPLE)))
    people = scenario.tables["people"]
    assert list(people.columns) == list(table_of("people").names)
    for column in table_of("people").columns:
        values = people[column.name]
        if column.kind is Kind.NUMBER:
            assert values.dtype == float
        elif column.kind is Kind.DATE:
            assert pd.api.types.is_datetime64_any_dtype(values.dtype)
        elif column.kind is Kind.BOOL:
            assert values.dtype == bool
        else:
            assert values.map(type).eq(str).all()


def test_row_order_does_not_matter(make: Make) -> None:
    lines = PEOPLE.splitlines()
    other = "\n".join([lines[0], lines[2], lines[1]])
    first, second = people_of(make("a", people=PEOPLE)), people_of(make("b", people=other))
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))


def test_metrics_may_tell_of_periods_before_the_plan(make: Make) -> None:
    rows = "period,rep,metric,value\n2023Q4,Ann,attainment,0.9\n2022,Ann,attainment,1.1\n"
    metrics = only(load_scenarios(make(people=PEOPLE, metrics=rows))).tables["metrics"]
    assert sorted(metrics["period"].astype(str)) == ["2022", "2023Q4"]


def test_other_files_are_left_alone(make: Make) -> None:
    folder = make(people=PEOPLE, people_2023="whatever", notes="free text")
    (folder / "readme.md").write_text("hello")
    assert set(only(load_scenarios(folder)).tables) == {"people"}


def test_digests_are_of_the_files_as_they_lie(make: Make) -> None:
    folder = make(people=PEOPLE)
    scenario = only(load_scenarios(folder))
    for name in ("people.csv", "scenario.toml"):
        assert scenario.digests[name] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert scenario.sources == {"people": "people.csv"}


# Parquet and workbooks


def parquet(**columns: Any) -> bytes:
    stream = io.BytesIO()
    pd.DataFrame(columns).to_parquet(stream)
    return stream.getvalue()


def test_parquet_in_its_own_types(make: Make) -> None:
    folder = make()
    data = parquet(
        rep=[1001, 1002],
        区域=pd.Categorical(["North", "South"]),
        capacity=[300, None],
        start=pd.to_datetime(["2024-01-15", None]),
        open=[True, False],
        products=[["A", "B"], []],
        x_grade=["a", None],
    )
    (folder / "people.parquet").write_bytes(data)
    people = people_of(folder)
    assert people["rep"].tolist() == ["1001", "1002"]
    assert people["region"].tolist() == ["North", "South"]
    assert people["capacity"].fillna(-1).tolist() == [300.0, -1.0]
    assert people["open"].tolist() == [True, False]
    assert people["products"].tolist() == ["A;B", ""]
    assert people["x_grade"].tolist() == ["a", ""]
    assert people["start"].dt.date.tolist()[0] == dt.date(2024, 1, 15)


def test_parquet_and_csv_give_the_same_table(make: Make) -> None:
    text = "rep,region,capacity,start\nAnn,North,300.25,2024-01-02\nBob,South,,\n"
    frame = pd.read_csv(io.StringIO(text), parse_dates=["start"])
    folder = make("b")
    frame.to_parquet(folder / "people.parquet")
    pd.testing.assert_frame_equal(people_of(make("a", people=text)), people_of(folder))


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


SETTINGS = [
    ["key", "value"],
    ["name", "tiny"],
    ["periods", '["2024Q1", "2024Q2"]'],
    ["goal.target", 1000],
    ["goal.floor", 900.5],
    ["as_of", dt.datetime(2024, 1, 1)],
    ["buffers.over_assignment.rep", "0.05"],
    [None, None],
    ["unit", 10],
]


def test_a_workbook_is_a_scenario(tmp_path: Path) -> None:
    people = [
        ["销售员", "region", "capacity", "start", "x_id"],
        [1001, "North", 300, dt.datetime(2024, 2, 3), 7.5],
        [None, None, None, None, None],
        ["Bob", "South", None, None, None],
    ]
    path = workbook(tmp_path / "book.xlsx", scenario=SETTINGS, People=people, notes=[["free"]])
    scenario = only(load_scenarios(path))
    settings = scenario.settings
    assert settings.goal == Goal(target=1000.0, floor=900.5)
    assert settings.periods == ("2024Q1", "2024Q2")
    assert settings.as_of == dt.date(2024, 1, 1)
    assert settings.unit == "10"
    assert settings.buffers.over_assignment_rep == 0.05
    table = scenario.tables["people"]
    assert table["rep"].tolist() == ["1001", "Bob"]
    assert table.index.tolist() == [2, 4]
    assert table["x_id"].tolist() == ["7.5", ""]
    assert scenario.sources == {"people": "People"}
    assert set(scenario.digests) == {"book.xlsx"}


def test_plain_text_in_the_settings_sheet(tmp_path: Path) -> None:
    rows = [["key", "value"], ["periods", "2024Q1; 2024Q2"], ["goal", 10], ["name", "Plan 24"]]
    settings = only(load_scenarios(workbook(tmp_path / "b.xlsx", scenario=rows))).settings
    assert settings.periods == ("2024Q1", "2024Q2")
    assert settings.name == "Plan 24"


def test_a_formula_without_a_value_is_found_not_taken_as_blank(tmp_path: Path) -> None:
    people = [["rep", "region", "capacity"], ["Ann", "North", "=100*3"]]
    path = workbook(tmp_path / "book.xlsx", scenario=SETTINGS, people=people)
    (finding,) = findings_of(path)
    assert (finding.file, finding.row, finding.column) == ("people", 2, "capacity")
    assert finding.value == "=100*3"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04broken", b"plain text"])
def test_a_broken_workbook(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    (finding,) = findings_of(path)
    assert "workbook" in finding.problem


def test_a_workbook_without_settings(tmp_path: Path) -> None:
    (finding,) = findings_of(workbook(tmp_path / "book.xlsx", people=[["rep", "region"]]))
    assert "no sheet named scenario" in finding.problem


# Extends, tables, measures


def test_extends_merges_keys_and_replaces_tables(make: Make) -> None:
    regions = "region,share\nNorth,0.4\nSouth,0.6\n"
    toml = TOML + '[buffers]\npotential = 0.1\ncapacity = 0.2\n[pay]\nunit = "CNY"\n'
    make("base", toml=toml, people=PEOPLE, regions=regions)
    child = 'extends = "../base"\nname = "child"\n[buffers]\ncapacity = 0.0\n'
    people = "rep,region\nCid,North\n"
    scenario = only(load_scenarios(make("child", toml=child, people=people)))
    assert scenario.settings.name == "child"
    assert scenario.settings.buffers.potential == 0.1
    assert scenario.settings.buffers.capacity == 0.0
    assert scenario.settings.other["pay"] == {"unit": "CNY"}
    assert scenario.tables["people"]["rep"].tolist() == ["Cid"]
    assert scenario.sources["regions"] == "../base/regions.csv"
    assert "../base/scenario.toml" in scenario.digests


def test_extends_over_three_scenarios_and_a_workbook(make: Make, tmp_path: Path) -> None:
    workbook(tmp_path / "root.xlsx", scenario=SETTINGS, people=[["rep", "region"], ["Z", "N"]])
    make("middle", toml='extends = "../root.xlsx"\nrounding = 5\n')
    scenario = only(load_scenarios(make("leaf", toml='extends = "../middle/scenario.toml"\n')))
    assert scenario.settings.rounding == 5.0
    assert scenario.settings.goal.target == 1000.0
    assert scenario.tables["people"]["rep"].tolist() == ["Z"]


def test_a_goal_in_numbers_replaces_one_as_growth(make: Make) -> None:
    toml = 'periods = ["2024"]\ngoal = { growth = 0.1, base = ["2023"] }\n'
    make("base", toml=toml, history="period,amount\n2023,50\n")
    child = 'extends = "../base"\ngoal = { target = 70 }\n'
    assert only(load_scenarios(make("child", toml=child))).settings.goal == Goal(target=70.0)
    assert only(load_scenarios(make("same", toml='extends = "../base"\n'))).settings.goal == Goal(
        growth=0.1, base=("2023",)
    )


def test_tables_may_have_names_of_ones_own(make: Make) -> None:
    toml = TOML + '[tables]\npeople = "people_2024"\n'
    folder = make(toml=toml, people=PEOPLE, people_2024="rep,region\nCid,North\n")
    assert people_of(folder)["rep"].tolist() == ["Cid"]


def test_a_base_may_name_a_table_that_the_child_replaces(make: Make) -> None:
    toml = TOML + '[tables]\npeople = "staff"\n'
    make("base", toml=toml, staff=PEOPLE)
    child = 'extends = "../base"\n'
    assert people_of(make("same", toml=child))["rep"].tolist() == ["Ann", "Bob"]
    by_name = make("by_name", toml=child, people="rep,region\nCid,North\n")
    assert people_of(by_name)["rep"].tolist() == ["Cid"]
    by_stem = make("by_stem", toml=child, staff="rep,region\nDan,North\n")
    assert people_of(by_stem)["rep"].tolist() == ["Dan"]


MEASURES = (
    TOML
    + """
rounding = 5
[tolerance]
region = 0.1
[buffers]
capacity = 0.1
potential = 0.1
[measure.customers]
goal = { floor = 15, target = 20, stretch = 25 }
unit = "customers"
rounding = 1
buffers = { capacity = 0.0 }
tables = { regions = "regions_customers", potential = "market" }
"""
)


def measures(make: Make) -> Path:
    return make(
        "measures",
        toml=MEASURES,
        people=PEOPLE,
        regions="region,share\nNorth,0.4\nSouth,0.6\n",
        regions_customers="region,share\nNorth,0.3\nSouth,0.7\n",
        history="period,region,amount\n2023Q1,North,5\n",
        market="region,potential\nNorth,9\n",
    )


def test_measures_are_scenarios_of_one_folder(make: Make) -> None:
    main, customers = load_scenarios(measures(make)).scenarios
    assert (main.settings.measure, customers.settings.measure) == ("amount", "customers")
    assert customers.settings.goal == Goal(target=20.0, floor=15.0, stretch=25.0)
    assert (customers.settings.unit, customers.settings.rounding) == ("customers", 1.0)
    assert customers.settings.buffers.potential == 0.1
    assert customers.settings.buffers.capacity == 0.0
    assert customers.settings.tolerance == main.settings.tolerance
    assert set(main.tables) == {"people", "regions", "history"}
    assert set(customers.tables) == {"people", "regions", "potential"}
    assert customers.tables["regions"]["share"].tolist() == [0.3, 0.7]
    people = main.tables["people"]
    assert people["capacity"].notna().any()
    amounts = ["capacity", "min", "min_total", "max_total", "commit"]
    assert customers.tables["people"][amounts].isna().all(axis=None)
    assert people.drop(columns=amounts).equals(customers.tables["people"].drop(columns=amounts))


def test_amounts_of_people_that_a_measure_does_not_take_over_are_noted(make: Make) -> None:
    people = "rep,region,产能,commit,floor\nAnn,North,5,,0.7\nBob,South,,7,\n"
    toml = TOML + "[measure.customers]\ngoal = 20\n"
    loaded = load_scenarios(make(toml=toml, people=people))
    (note,) = [note for note in loaded.notes if note.file == "people.csv"]
    assert str(note).startswith("people.csv: 产能, commit: amounts of the main measure")
    assert "measure.customers.tables" in note.remedy
    customers = loaded.scenarios[1].tables["people"]
    assert customers["floor"].tolist()[0] == 0.7


def test_people_without_amounts_need_no_note(make: Make) -> None:
    toml = TOML + "[measure.customers]\ngoal = 20\n"
    assert load_scenarios(make(toml=toml, people="rep,region\nAnn,North\n")).notes == ()


@pytest.mark.parametrize("stem", ["people", "staff"])
def test_a_measure_that_names_its_people_has_their_amounts(
    make: Make, tmp_path: Path, stem: str
) -> None:
    toml = TOML + f"[measure.customers]\ngoal = 20\ntables = {{ people = '{stem}' }}\n"
    staff = "rep,region,capacity\nAnn,North,3\n"
    loaded = load_scenarios(make(toml=toml, people="rep,region,capacity\nA,N,50\n", staff=staff))
    assert loaded.scenarios[1].tables["people"]["capacity"].tolist() == [
        {"people": 50.0, "staff": 3.0}[stem]
    ]
    assert loaded.notes == ()
    write_copy(loaded, tmp_path / "copy", keep_personal=False)
    same(loaded, load_scenarios(tmp_path / "copy"))


def test_a_copy_of_shared_people_stays_shared(make: Make, tmp_path: Path) -> None:
    toml = TOML + "[measure.customers]\ngoal = 20\n"
    loaded = load_scenarios(make(toml=toml, people="rep,region,capacity\nAnn,North,50\n"))
    write_copy(loaded, tmp_path / "copy", keep_personal=False)
    again = load_scenarios(tmp_path / "copy")
    same(loaded, again)
    assert set(contents(tmp_path / "copy")) == {"scenario.toml", "people.csv"}
    assert again.notes == loaded.notes


def test_measures_without_a_main_one(make: Make) -> None:
    toml = """
        periods = ["2024"]
        [measure.orders]
        goal = 10
        [measure.customers]
        goal = 20
    """
    loaded = load_scenarios(make(toml=toml, people=PEOPLE, history="period,amount\n2023,4\n"))
    assert [scenario.settings.measure for scenario in loaded.scenarios] == ["orders", "customers"]
    assert all("history" in scenario.tables for scenario in loaded.scenarios)


def test_columns_that_a_key_names_are_known(make: Make) -> None:
    folder = make(history="period,amount,customers,margin\n2023,5,2,0.3\n")
    incentive = '[[plan]]\nname = "a"\n[[plan.commission]]\nmeasure = "customers"\n'
    (folder / "incentive.toml").write_text(incentive)
    (folder / "scorecard.toml").write_text('[[metric]]\nname = "m"\nsource = "margin"\n')
    loaded = load_scenarios(folder)
    history = only(loaded).tables["history"]
    assert history["customers"].tolist() == [2.0]
    assert history["margin"].tolist() == [0.3]
    assert set(loaded.beside) == {"incentive.toml", "scorecard.toml"}
    assert "incentive.toml" in only(loaded).digests


# Notes


def test_notes_do_not_stop_a_scenario(make: Make) -> None:
    loaded = load_scenarios(
        make(
            toml=TOML + 'as_of = "2024-06-30"\n',
            people=PEOPLE,
            regions="region,share\nNorth,400\nSouth,360\n",
            locks="rep,amount,expires\nAnn,10,2024-06-29\nBob,20,2024-06-30\nGone,5,2023-01-01\n",
        )
    )
    assert [note.severity for note in loaded.notes] == ["note"] * 3
    assert [(note.file, note.row) for note in loaded.notes] == [
        ("locks.csv", 2),
        ("locks.csv", 4),
        ("regions.csv", 0),
    ]
    assert "scaled" in loaded.notes[2].problem
    assert only(loaded).tables["locks"]["rep"].tolist() == ["Bob"]


def test_locks_hold_where_no_day_is_given(make: Make) -> None:
    locks = "rep,amount,expires\nAnn,10,2001-01-01\n"
    loaded = load_scenarios(make(people=PEOPLE, locks=locks))
    assert "as_of" in loaded.notes[0].remedy
    assert len(only(loaded).tables["locks"]) == 1


def test_a_name_that_is_nearly_a_persons_region_is_noted(make: Make) -> None:
    potential = "region,potential\nNorht,100\n"
    (note,) = load_scenarios(make(people=PEOPLE, potential=potential)).notes
    assert (note.row, note.value) == (2, "Norht")
    assert "North" in note.remedy


# The copy


def same(first: Loaded, second: Loaded) -> None:
    assert len(first.scenarios) == len(second.scenarios)
    for one, other in zip(first.scenarios, second.scenarios, strict=True):
        assert one.settings == other.settings
        assert set(one.tables) == set(other.tables)
        for name, frame in one.tables.items():
            pd.testing.assert_frame_equal(
                frame.reset_index(drop=True), other.tables[name].reset_index(drop=True)
            )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rich(make: Make) -> Path:
    """A scenario with everything that is hard to write."""
    return make(
        "rich",
        toml=TOML.replace('"tiny"', '"a \\"b\\" 张"')
        + 'as_of = "2024-01-01"\n[tolerance]\nregion = 0.05\n'
        + "[pacing]\nweeks = [4, 6, 3]\nshares = [0.3, 0.5, 0.2]\n",
        people="rep,region,start,open,capacity,email,x_note,name\n"
        '=SUM(A1),North,2024-02-01,yes,0.1,a@b.c,+1,"x, ""y"""\n'
        "'@home,张,,no,1e-7,,-,\n"
        'Bob,North,,,123456789.125,,,"two\nlines"\n',
        history="period,date,amount\n,2023-01-05,10\n2022Q1,,3.5\n",
        weekly="period,week,amount\n2023Q1,1,4\n",
    )


def test_a_copy_reads_back_the_same(make: Make, tmp_path: Path) -> None:
    loaded = load_scenarios(rich(make))
    write_copy(loaded, tmp_path / "copy", keep_personal=True)
    again = load_scenarios(tmp_path / "copy")
    same(loaded, again)
    write_copy(again, tmp_path / "again", keep_personal=True)
    assert contents(tmp_path / "copy") == contents(tmp_path / "again")


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(make: Make, tmp_path: Path) -> None:
    write_copy(load_scenarios(rich(make)), tmp_path / "copy", keep_personal=True)
    people = (tmp_path / "copy" / "people.csv").read_text(encoding="utf-8")
    assert "\n'=SUM(A1)," in people
    assert "'+1" in people
    reps = people_of(tmp_path / "copy")["rep"].tolist()
    assert sorted(reps) == ["=SUM(A1)", "@home", "Bob"]


def test_a_copy_leaves_out_email_unless_asked(make: Make, tmp_path: Path) -> None:
    loaded = load_scenarios(rich(make))
    write_copy(loaded, tmp_path / "without", keep_personal=False)
    write_copy(loaded, tmp_path / "with", keep_personal=True)
    assert b"a@b.c" not in (tmp_path / "without" / "people.csv").read_bytes()
    assert b"a@b.c" in (tmp_path / "with" / "people.csv").read_bytes()


def test_a_copy_of_measures_reads_back_the_same(make: Make, tmp_path: Path) -> None:
    loaded = load_scenarios(measures(make))
    write_copy(loaded, tmp_path / "copy", keep_personal=False)
    same(loaded, load_scenarios(tmp_path / "copy"))


def test_a_copy_of_measures_without_a_main_one(make: Make, tmp_path: Path) -> None:
    toml = """
        periods = ["2024"]
        [measure.orders]
        goal = 10
        tolerance = { region = 0.1 }
        [measure."new customers"]
        goal = 20
        tables = { regions = "other", history = "past" }
    """
    folder = make(
        toml=toml,
        people=PEOPLE,
        regions="region\nNorth\nSouth\n",
        other="region,share\nNorth,0.2\nSouth,0.8\n",
        past="period,amount\n2023,3\n",
        history="period,amount\n2023,4\n",
    )
    loaded = load_scenarios(folder)
    write_copy(loaded, tmp_path / "copy", keep_personal=False)
    same(loaded, load_scenarios(tmp_path / "copy"))


def test_a_copy_stands_alone(make: Make, tmp_path: Path) -> None:
    toml = TOML + '[tables]\npeople = "staff"\n'
    base = make("base", toml=toml, staff=PEOPLE)
    (base / "incentive.toml").write_text('[[plan]]\nname = "a"\n')
    loaded = load_scenarios(make("child", toml='extends = "../base"\n'))
    write_copy(loaded, tmp_path / "copy", keep_personal=False)
    assert set(contents(tmp_path / "copy")) == {"scenario.toml", "people.csv", "incentive.toml"}
    same(loaded, load_scenarios(tmp_path / "copy"))


def test_a_copy_of_a_workbook_is_a_folder(tmp_path: Path) -> None:
    people = [["rep", "region", "start"], ["Ann", "North", dt.datetime(2024, 2, 3)]]
    loaded = load_scenarios(workbook(tmp_path / "b.xlsx", scenario=SETTINGS, people=people))
    write_copy(loaded, tmp_path / "copy", keep_personal=False)
    same(loaded, load_scenarios(tmp_path / "copy"))


def test_a_copy_does_not_depend_on_the_order_of_rows(make: Make, tmp_path: Path) -> None:
    lines = PEOPLE.splitlines()
    write_copy(load_scenarios(make("a", people=PEOPLE)), tmp_path / "x", keep_personal=False)
    other = "\n".join([lines[0], *reversed(lines[1:])])
    write_copy(load_scenarios(make("b", people=other)), tmp_path / "y", keep_personal=False)
    assert contents(tmp_path / "x") == contents(tmp_path / "y")


def test_reading_text_tables_needs_no_spreadsheet_library(make: Make) -> None:
    program = (
        "import sys; from optimizer.inputs.load import load_scenarios; "
        f"load_scenarios({str(make(people=PEOPLE))!r}); assert 'openpyxl' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parent.parent)
