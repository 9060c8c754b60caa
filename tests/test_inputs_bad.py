"""Broken inputs: each is refused in words that say where, what, and what to do about it."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
import tomli_w
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from optimizer.domain.nearest import distance, meant, nearest
from optimizer.errors import Finding, InputError
from optimizer.inputs.load import load_scenarios

GOOD = {
    "scenario.toml": """\
name = "tiny"
periods = ["2024Q1", "2024Q2"]
goal = 1000
as_of = "2024-01-15"
rounding = 1

[buffers]
potential = 0.05
over_assignment = { region = 0.0, rep = 0.03 }

[tolerance]
region = 0.05
""",
    "people.csv": """\
rep,region,team,capacity,min,start,products
Ann,North,T1,300,50,2023-05-01,A;B
Bob,North,T1,400,,,
Cid,South,T2,500,,,B
""",
    "regions.csv": """\
region,parent,share,min_share,max_share
Home,,,,
North,Home,0.4,0.3,0.5
South,Home,0.6,,
""",
    "products.csv": "product,share,min_share,max_share\nA,0.5,,\nB,0.5,,\n",
    "periods.csv": "period,share\n2024Q1,0.5\n2024Q2,\n",
    "capacity.csv": "rep,period,capacity,min\nAnn,2024Q1,200,20\n",
    "shares.csv": "period,region,product,share\n2024Q1,,A,0.3\n2024Q1,,B,0.7\n",
    "potential.csv": "period,region,product,potential\n2024Q1,North,,250\n,South,A,900\n",
    "history.csv": """\
period,region,rep,product,amount
2023Q1,North,Ann,A,100
2023Q2,South,Old,B,50
""",
    "locks.csv": """\
region,rep,period,product,amount,expires
North,,2024Q1,,100,
,Ann,,,60,2024-12-31
""",
    "metrics.csv": "period,rep,metric,value\n2024Q1,Ann,collection_rate,0.9\n",
}
"""A tiny scenario with every table that rules look at."""

TOML, PEOPLE, REGIONS = "scenario.toml", "people.csv", "regions.csv"


class Bad(NamedTuple):
    """A good scenario with one thing broken, and what must be said about it."""

    comment: str
    file: str
    old: str
    new: str
    row: int
    column: str
    value: str
    remedy: str


CASES = [
    # scenario.toml: broken, missing, unknown
    Bad("no TOML", TOML, "goal = 1000", "goal = = 1000", 3, "", "goal = = 1000", "Mend"),
    Bad("text without quotes", TOML, '"tiny"', "tiny", 1, "", "name = tiny", "quotation"),
    Bad("a key twice", TOML, "goal = 1000", "goal = 1000\ngoal = 2", 4, "", "goal = 2", "Mend"),
    Bad("no goal", TOML, "goal = 1000\n", "", 0, "goal", "", "goal = 1000"),
    Bad("no periods", TOML, 'periods = ["2024Q1", "2024Q2"]\n', "", 0, "periods", "", "List"),
    Bad("unknown key", TOML, "rounding = 1", "roundign = 1", 5, "roundign", "1", "rounding"),
    Bad(
        "unknown key in a block",
        TOML,
        "potential = 0.05",
        "potental = 0.05",
        8,
        "buffers.potental",
        "0.05",
        "potential",
    ),
    Bad("unknown block", TOML, "[buffers]", "[bufers]", 7, "bufers", "potential", "buffers"),
    Bad(
        "unknown key in an inline table",
        TOML,
        "rep = 0.03",
        "reps = 0.03",
        9,
        "buffers.over_assignment.reps",
        "0.03",
        "rep?",
    ),
    Bad("a table for a number", TOML, "potential = 0.05", "potential = { a = 1 }", 8,
        "buffers.potential", "a = 1", "number"),
    Bad("a number for a table", TOML, "[tolerance]\nregion = 0.05", "[pay]\nper_unit=1\n"
        "[stress]\ncorrelation = 3", 14, "stress.correlation", "3", "company"),
    # scenario.toml: values
    Bad("goal 0", TOML, "goal = 1000", "goal = 0", 3, "goal", "0", "above 0"),
    Bad("goal negative", TOML, "goal = 1000", "goal = -5", 3, "goal", "-5", "above 0"),
    Bad("goal as text", TOML, "goal = 1000", 'goal = "1000"', 3, "goal", "1000", "number"),
    Bad("goal not finite", TOML, "goal = 1000", "goal = inf", 3, "goal", "inf", "number"),
    Bad("goal true", TOML, "goal = 1000", "goal = true", 3, "goal", "true", "number"),
    Bad("goal too large", TOML, "goal = 1000", "goal = 1e16", 3, "goal", "1e+16", "larger unit"),
    Bad("goal below a unit", TOML, "goal = 1000", "goal = 0.2", 3, "goal", "0.2", "rounding"),
    Bad("floor over target", TOML, "goal = 1000", "goal = { floor = 1100, target = 1000 }", 3,
        "goal.floor", "1100", "rise"),
    Bad("stretch under target", TOML, "goal = 1000", "goal = { target = 1000, stretch = 900 }", 3,
        "goal.target", "1000", "rise"),
    Bad("levels without target", TOML, "goal = 1000", "goal = { floor = 1 }", 3, "goal",
        "floor = 1", "target"),
    Bad("growth without base", TOML, "goal = 1000", "goal = { growth = 0.3 }", 3, "goal.base",
        "", "base"),
    Bad("growth on a period without history", TOML, "goal = 1000",
        'goal = { growth = 0.3, base = ["2023Q4"] }', 3, "goal.base", "2023Q4", "2023Q"),
    Bad("growth and target", TOML, "goal = 1000",
        'goal = { growth = 0.3, base = ["2023Q1"], target = 5 }', 3, "goal", "growth", "target"),
    Bad("rounding negative", TOML, "rounding = 1", "rounding = -1", 5, "rounding", "-1",
        "at least 0"),
    Bad("buffer of 1", TOML, "potential = 0.05", "potential = 1.0", 8, "buffers.potential", "1.0",
        "below 1"),
    Bad("buffer negative", TOML, "potential = 0.05", "potential = -0.1", 8, "buffers.potential",
        "-0.1", "at least 0"),
    Bad("over-assignment negative", TOML, "rep = 0.03", "rep = -0.03", 9,
        "buffers.over_assignment.rep", "-0.03", "at least 0"),
    Bad("tolerance in percent", TOML, "region = 0.05", "region = 5", 12, "tolerance.region", "5",
        "at most 1"),
    Bad("as_of is no day", TOML, "2024-01-15", "15.01.2024", 4, "as_of", "15.01.2024", "date"),
    Bad("as_of a day that is not", TOML, "2024-01-15", "2024-02-30", 4, "as_of", "2024-02-30",
        "date"),
    Bad("seed a fraction", TOML, "rounding = 1", "seed = 1.5", 5, "seed", "1.5", "whole"),
    Bad("levels the wrong way", TOML, "[tolerance]\nregion = 0.05", "[levels]\nfloor = 1.2", 12,
        "levels.floor", "1.2", "at most 1"),
    Bad("ability groups overlap", TOML, "[tolerance]\nregion = 0.05",
        "[ability]\ntop = { share = 0.7 }\nbottom = { share = 0.4 }", 12, "ability.top.share",
        "0.7", "at most 1"),
    Bad("ability from elsewhere", TOML, "[tolerance]\nregion = 0.05", '[ability]\nfrom = "rank"',
        12, "ability.from", "rank", "history"),
    Bad("ramp factor negative", TOML, "[tolerance]\nregion = 0.05",
        "[ramp]\nfactors = [0.5, -0.1]", 12, "ramp.factors", "-0.1", "at least 0"),
    Bad("pay units beyond what is exact", TOML, "[tolerance]\nregion = 0.05",
        "[pay]\nper_unit = 1e300", 12, "pay.per_unit", "1e+300", "at most"),
    Bad("ramp factors not a list", TOML, "[tolerance]\nregion = 0.05", "[ramp]\nfactors = 0.5",
        12, "ramp.factors", "0.5", "list"),
    Bad("pacing lists differ", TOML, "[tolerance]\nregion = 0.05",
        "[pacing]\nweeks = [4, 6, 3]\nshares = [0.5, 0.5]", 13, "pacing.shares", "[0.5, 0.5]",
        "each"),
    Bad("pacing shares off", TOML, "[tolerance]\nregion = 0.05",
        "[pacing]\nweeks = [4, 6, 3]\nshares = [0.5, 0.5, 0.1]", 13, "pacing.shares", "0.1",
        "add up to 1"),
    Bad("phases of some without shares", TOML, "[tolerance]\nregion = 0.05",
        '[[pacing.by]]\nmatch = { role = "senior" }\nweeks = [6, 7]', 13, "pacing.by[0].weeks",
        "[6, 7]", "Add pacing.by[0].shares"),
    Bad("phases of some with too many names", TOML, "[tolerance]\nregion = 0.05",
        '[[pacing.by]]\nmatch = { role = "senior" }\nnames = ["a"]', 13, "pacing.by[0].names",
        "a", "one entry for each"),
    Bad("phases of nobody", TOML, "[tolerance]\nregion = 0.05",
        "[[pacing.by]]\nweeks = [6, 6, 1]", 11, "pacing.by[0].match", "", "rep, region, team"),
    Bad("phases by what nobody has", TOML, "[tolerance]\nregion = 0.05",
        "[[pacing.by]]\nmatch = { grade = 1 }", 12, "pacing.by[0].match", "", "rep, region, team"),
    Bad("period twice", TOML, '"2024Q2"]', '"2024Q2", "2024Q1"]', 2, "periods", "2024Q1", "once"),
    Bad("periods out of order", TOML, '["2024Q1", "2024Q2"]', '["2024Q2", "2024Q1"]', 2,
        "periods", "2024Q1", "order"),
    Bad("periods overlap", TOML, '"2024Q2"]', '"2024Q2", "2024H1"]', 2, "periods", "2024H1",
        "inside"),
    Bad("period nearly dated", TOML, '"2024Q2"]', '"2024Q2", "2024Q5"]', 2, "periods", "2024Q5",
        "2024Q1"),
    Bad("no period", TOML, '["2024Q1", "2024Q2"]', "[]", 2, "periods", "[]", "Name a period"),
    Bad("periods as text", TOML, '["2024Q1", "2024Q2"]', '"2024"', 2, "periods", "2024", "list"),
    Bad("extends nothing", TOML, "rounding = 1", 'extends = "../nowhere"', 5, "extends",
        "../nowhere", "relative"),
    Bad("extends itself", TOML, "rounding = 1", 'extends = "."', 5, "extends", ".", "another"),
    Bad("extends an absolute path", TOML, "rounding = 1", 'extends = "/tmp"', 5, "extends",
        "/tmp", "relative"),
    Bad("a table that is not there", TOML, "[buffers]", '[tables]\nlocks = "lock_2"\n[buffers]', 8,
        "tables.locks", "lock_2", "locks"),
    Bad("an unknown table", TOML, "[buffers]", '[tables]\nlock = "locks"\n[buffers]', 8,
        "tables.lock", "locks", "locks?"),
    Bad("a path for a table", TOML, "[buffers]", '[tables]\nlocks = "../locks"\n[buffers]', 8,
        "tables.locks", "../locks", "beside"),
    Bad("undated periods with a ramp", TOML, '["2024Q1", "2024Q2"]\ngoal = 1000',
        '["spring"]\ngoal = 1000\nramp = { factors = [0.5] }', 2, "periods", "spring", "start"),
    Bad("a measure without a goal", TOML, "[buffers]", "[measure.customers]\n[buffers]", 7,
        "measure.customers.goal", "", "goal"),
    Bad("a measure named like the main one", TOML, "[buffers]", "[measure.amount]\n[buffers]", 7,
        "measure.amount", "", "top level"),
    # headers and shapes
    Bad("unknown column", PEOPLE, "rep,region,team,capacity", "rep,region,team,capcity", 1,
        "capcity", "capcity", "capacity"),
    Bad("unknown Chinese column", PEOPLE, "rep,region,team,capacity", "rep,region,team,产 能", 1,
        "产 能", "产 能", "产能"),
    Bad("column twice", PEOPLE, "rep,region,team", "rep,region,区域", 1, "区域", "区域",
        "Remove"),
    Bad("same header twice", PEOPLE, "rep,region,team", "rep,region,region", 1, "region",
        "region", "Remove"),
    Bad("required column missing", PEOPLE, "rep,region,team", "rep,x_area,team", 1, "region", "",
        "Add a column region"),
    Bad("neither period nor date", "history.csv", "period,region", "x_period,region", 1,
        "period or date", "", "period or date"),
    Bad("values without header", PEOPLE, "rep,region,team", "rep,region,", 2, "", "T1",
        "header"),
    Bad("more cells than headers", PEOPLE, "Bob,North,T1,400,,,", "Bob,North,T1,400,,,,oops", 3,
        "", "oops", "quotation"),
    Bad("many more cells", PEOPLE, "Bob,North,T1,400,,,", "Bob,North,T1,400,,,,,,x,y", 3,
        "", "x", "quotation"),
    Bad("open quotation mark", PEOPLE, "Bob,North", 'Bob,"North', 3, "", "", "quotation"),
    Bad("empty file", PEOPLE, GOOD[PEOPLE], "", 0, "", "", "header"),
    Bad("only a header", PEOPLE, GOOD[PEOPLE], "rep,region\n", 0, "", "", "Fill"),
    Bad("empty regions", REGIONS, GOOD[REGIONS], "region,share\n", 0, "", "", "remove"),
    # single cells
    Bad("rep missing", PEOPLE, "Bob,North", ",North", 3, "rep", "", "name or number"),
    Bad("region missing", PEOPLE, "Bob,North", "Bob,", 3, "region", "", "Region"),
    Bad("letter O", PEOPLE, "T1,400", "T1,4O0", 3, "capacity", "4O0", "zero"),
    Bad("decimal comma", PEOPLE, "T1,400", 'T1,"12,5"', 3, "capacity", "12,5", "12.5"),
    Bad("ambiguous thousands", PEOPLE, "T1,400", 'T1,"1,200"', 3, "capacity", "1,200", "1200"),
    Bad("not a number", PEOPLE, "T1,400", "T1,nan", 3, "capacity", "nan", "plain number"),
    Bad("infinite", PEOPLE, "T1,400", "T1,inf", 3, "capacity", "inf", "plain number"),
    Bad("negative capacity", PEOPLE, "T1,400", "T1,-400", 3, "capacity", "-400", "Most"),
    Bad("negative share", REGIONS, "Home,0.6", "Home,-0.6", 4, "share", "-0.6", "Share"),
    Bad("percent of an amount", PEOPLE, "T1,400", "T1,40%", 3, "capacity", "40%", "plain"),
    Bad("no day", PEOPLE, "2023-05-01", "2023-13-01", 2, "start", "2023-13-01", "2024-03-01"),
    Bad("ambiguous day", PEOPLE, "2023-05-01", "01/05/2023", 2, "start", "01/05/2023", "year"),
    Bad("neither yes nor no", PEOPLE, "start,products\nAnn,North,T1,300,50,2023-05-01",
        "open,products\nAnn,North,T1,300,50,maybe", 2, "open", "maybe", "yes or no"),
    Bad("a formula's error", PEOPLE, "Bob,North", "Bob,#REF!", 3, "region", "#REF!", "formula"),
    Bad("floor ratio over 1", PEOPLE, "team,capacity", "team,floor", 2, "floor", "300", "ratio"),
    Bad("fte negative", PEOPLE, "capacity,min,start,products\nAnn,North,T1,300",
        "fte,min,start,products\nAnn,North,T1,-1", 2, "fte", "-1", "weight"),
    Bad("max_share over 1", REGIONS, "0.3,0.5", "0.3,5", 3, "max_share", "5", "rise"),
    Bad("potential negative", "potential.csv", ",,250", ",,-250", 2, "potential", "-250", "Most"),
    Bad("potential missing", "potential.csv", ",,250", ",,", 2, "potential", "", "Most"),
    Bad("lock amount missing", "locks.csv", ",,100,", ",,,", 2, "amount", "", "fixed"),
    Bad("history amount missing", "history.csv", "A,100", "A,", 2, "amount", "", "Amount"),
    # rows
    Bad("rep twice", PEOPLE, "Bob,North", "Ann,North", 3, "rep", "Ann", "Keep one"),
    Bad("region twice", REGIONS, "South,Home", "North,Home", 4, "region", "North", "Keep one"),
    Bad("slice twice", "potential.csv", ",South,A,900", "2024Q1,North,,9", 3, "period", "2024Q1",
        "Keep one"),
    Bad("min over capacity", PEOPLE, "300,50", "300,350", 2, "min", "350", "Lower"),
    Bad("final min over capacity", "capacity.csv", "200,20", "200,220", 2, "min", "220", "raise"),
    Bad("least over most of all periods", PEOPLE, "capacity,min,start,products\nAnn,North,T1,300",
        "max_total,min_total,start,products\nAnn,North,T1,30", 2, "min_total", "50", "Lower"),
    Bad("min_share over max_share", REGIONS, "0.3,0.5", "0.5,0.3", 3, "min_share", "0.5", "raise"),
    Bad("team in two regions", PEOPLE, "Cid,South,T2", "Cid,South,T1", 4, "team", "T1", "one"),
    Bad("history without period", "history.csv", "2023Q1,", ",", 2, "period", "", "date"),
    Bad("returns over sales", "history.csv", "B,50", "B,-50", 3, "amount", "-50", "returns"),
    Bad("history of no quarter", "history.csv", "2023Q2", "2023Q7", 3, "period", "2023Q7",
        "2024Q1"),
    # names
    Bad("unknown region", PEOPLE, "Bob,North", "Bob,Nroth", 3, "region", "Nroth", "North"),
    Bad("unknown product of a rep", PEOPLE, "A;B", "A;C3", 2, "products", "A;C3", "Known"),
    Bad("unknown region in potential", "potential.csv", ",South", ",Suoth", 3, "region", "Suoth",
        "South"),
    Bad("unknown product in history", "history.csv", "Ann,A", "Ann,AA", 2, "product", "AA", "A?"),
    Bad("unknown period in shares", "shares.csv", "2024Q1,,A", "2024Q3,,A", 2, "period", "2024Q3",
        "2024Q"),
    Bad("unknown period in capacity", "capacity.csv", "2024Q1", "2024-Q1", 2, "period", "2024-Q1",
        "2024Q1"),
    Bad("unknown rep in capacity", "capacity.csv", "Ann", "Anne", 2, "rep", "Anne", "Ann"),
    Bad("unknown rep in metrics", "metrics.csv", "Ann", "An", 2, "rep", "An", "Ann"),
    Bad("a later period in metrics", "metrics.csv", "2024Q1", "2024Q3", 2, "period", "2024Q3",
        "2024Q"),
    Bad("an overlapping period in metrics", "metrics.csv", "2024Q1", "2024", 2, "period", "2024",
        "2024Q"),
    Bad("an undated period in metrics", "metrics.csv", "2024Q1", "before", 2, "period", "before",
        "2024Q1"),
    Bad("a star for all", "potential.csv", "2024Q1,North", "2024Q1,*", 2, "region", "*", "blank"),
    Bad("people on a parent", PEOPLE, "Bob,North", "Bob,Home", 3, "region", "Home", "below"),
    Bad("own parent", REGIONS, "North,Home", "North,North", 3, "parent", "North", "above"),
    Bad("unknown parent", REGIONS, "North,Home", "North,Hone", 3, "parent", "Hone", "Home"),
    Bad("a circle", REGIONS, "Home,,", "Home,North,", 2, "parent", "North", "topmost"),
    # shares
    Bad("minimum shares over 1", REGIONS, "0.6,,", "0.6,0.8,", 0, "min_share", "1.1", "Lower"),
    Bad("maximum shares under 1", REGIONS, "0.4,0.3,0.5\nSouth,Home,0.6,,",
        "0.4,0.3,0.4\nSouth,Home,0.6,,0.5", 0, "max_share", "0.9", "Raise"),
    Bad("share over its own maximum", REGIONS, "0.3,0.5", "0.3,0.35", 3, "share", "0.4", "max"),
    Bad("share under its own minimum", REGIONS, "0.3,0.5", "0.45,0.5", 3, "share", "0.4", "min"),
    Bad("all shares 0", "products.csv", "A,0.5,,\nB,0.5", "A,0,,\nB,0", 0, "share", "0", "Give"),
    Bad("nothing left for the blank", "products.csv", "A,0.5,,\nB,0.5", "A,1.0,,\nB,", 0, "share",
        "1", "fill in"),
    Bad("slices over 1", "shares.csv", "A,0.3", "A,0.4", 0, "share", "1.1", "Lower"),
    Bad("slices under 1", "shares.csv", "A,0.3", "A,0.2", 0, "share", "0.9", "Raise"),
    Bad("a slice of everything", "shares.csv", "2024Q1,,A", ",,", 2, "period", "", "Fill in"),
    # locks
    Bad("lock no multiple", "locks.csv", ",,100", ",,100.5", 2, "amount", "100.5", "100"),
    Bad("two locks on a slice", "locks.csv", ",Ann,,,60", "North,,2024Q1,,60", 3, "amount", "60",
        "Keep one"),
    Bad("lock elsewhere", "locks.csv", ",Ann", "South,Ann", 3, "region", "South", "North"),
    Bad("lock on what is not sold", "locks.csv", ",Ann,,", ",Cid,,A", 3, "product", "A", "sells"),
    Bad("lock on nobody", "locks.csv", ",Ann", ",Zed", 3, "rep", "Zed", "Known"),
    # files
    Bad("nearly a table's name", "poeple.csv", "", "rep,region\n", 0, "", "poeple.csv", "people"),
]  # fmt: skip


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return folder


def findings(path: Path) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as caught:
        load_scenarios(path)
    assert caught.value.exit_code == 2
    return caught.value.findings


def test_the_good_scenario_is_good(tmp_path: Path) -> None:
    assert not load_scenarios(write(tmp_path, dict(GOOD))).notes


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 55
    assert len({case.comment for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.comment)
def test_bad_input_is_refused_in_words(tmp_path: Path, case: Bad) -> None:
    files: dict[str, str | bytes] = dict(GOOD)
    good = GOOD.get(case.file, "")
    assert case.old in good
    files[case.file] = good.replace(case.old, case.new, 1) if good else case.new
    found = findings(write(tmp_path, files))
    said = [
        finding
        for finding in found
        if (finding.file, finding.row, finding.column) == (case.file, case.row, case.column)
    ]
    assert said, "\n".join(map(repr, found))
    assert any(case.value in one.value and case.remedy in one.remedy for one in said), said
    for finding in found:
        assert finding.severity == "error"
        assert finding.problem and finding.remedy
        assert finding.remedy.endswith((".", "?"))


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = dict(GOOD)
    broken = [
        case
        for case in CASES
        if case.comment
        in {
            "unknown key in a block",
            "goal negative",
            "tolerance in percent",
            "letter O",
            "min over capacity",
            "team in two regions",
            "unknown column",
            "negative share",
            "unknown period in shares",
            "unknown rep in capacity",
            "potential negative",
            "lock no multiple",
            "returns over sales",
            "nearly a table's name",
        }
    ]
    for case in broken:
        text = str(files.get(case.file, ""))
        files[case.file] = text.replace(case.old, case.new, 1) if text else case.new
    # The capacity column has lost its header, so what concerns it cannot be told.
    untold = {"min over capacity", "letter O"}
    found = findings(write(tmp_path, files))
    for case in broken:
        if case.comment not in untold:
            assert any(
                (one.file, one.row, one.column) == (case.file, case.row, case.column)
                for one in found
            ), case.comment
    assert list(found) == sorted(found)
    assert len(set(found)) == len(found)


def test_broken_toml_does_not_hide_broken_tables(tmp_path: Path) -> None:
    files = dict(GOOD)
    files[TOML] = files[TOML].replace("goal = 1000", "goal =")
    files[PEOPLE] = files[PEOPLE].replace("T1,400", "T1,4O0")
    found = findings(write(tmp_path, files))
    assert [(one.file, one.row) for one in found] == [(PEOPLE, 3), (TOML, 3)]


def test_many_rows_with_one_fault_are_counted_not_listed(tmp_path: Path) -> None:
    people = "rep,region,capacity\n" + "".join(f"R{i},North,-1\n" for i in range(1000))
    found = findings(write(tmp_path, {TOML: GOOD[TOML], PEOPLE: people}))
    assert len(found) == 20
    assert "980 more rows" in found[-1].problem


def test_a_table_present_twice(tmp_path: Path) -> None:
    folder = write(tmp_path, {**GOOD, "people.parquet": b"PAR1"})
    found = findings(folder)
    assert any("people.csv and people.parquet" in one.value for one in found)


def test_extends_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path / "a", {TOML: 'extends = "../b"\n'})
    write(tmp_path / "b", {TOML: 'extends = "../a"\n'})
    (found,) = findings(tmp_path / "a")
    assert (found.file, found.row, found.column) == ("../b/scenario.toml", 1, "extends")
    assert "circle" in found.problem


def test_faults_of_a_base_name_its_file(tmp_path: Path) -> None:
    files = {**GOOD, PEOPLE: GOOD[PEOPLE].replace("T1,400", "T1,x")}
    files[TOML] = files[TOML].replace("goal = 1000", "goal = -1")
    write(tmp_path / "base", dict(files))
    found = findings(write(tmp_path / "child", {TOML: 'extends = "../base"\n'}))
    assert [(one.file, one.row) for one in found] == [
        ("../base/people.csv", 3),
        ("../base/scenario.toml", 3),
    ]


@pytest.mark.parametrize("name", ["nothing", "nothing.toml", "some.txt", "nothing.xlsx"])
def test_no_scenario_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "some.txt").write_text("hello")
    (found,) = findings(tmp_path / name)
    assert "scenario" in found.problem and "folder" in found.remedy


def test_a_folder_without_settings(tmp_path: Path) -> None:
    (found,) = findings(write(tmp_path, {PEOPLE: GOOD[PEOPLE]}))
    assert "no scenario.toml" in found.problem


@pytest.mark.parametrize(
    ("data", "row", "value"),
    [
        (b"rep,region\nAnn,North\nB\xffb,South\n", 3, "byte ff"),  # in no encoding
        ("rep,region\nMüller,Süd\n".encode("latin-1"), 2, "byte fc"),  # western
        ("rep,region\n张伟,华东\n李娜,".encode() + b"\xe5\n", 3, "byte e5"),  # damaged UTF-8
        ("rep,region\nAnn,North\n".encode("utf-16"), 1, "byte"),  # UTF-16
        (b"rep,region\nAnn,No\0rth\n", 2, "byte 00"),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, data: bytes, row: int, value: str) -> None:
    (found,) = findings(write(tmp_path, {TOML: GOOD[TOML], PEOPLE: data}))
    assert (found.file, found.row) == (PEOPLE, row)
    assert value in found.value
    assert "UTF-8" in found.remedy


def test_settings_that_are_no_utf8(tmp_path: Path) -> None:
    (found,) = findings(write(tmp_path, {TOML: 'name = "计划"\n'.encode("gb18030")}))
    assert (found.file, found.row) == (TOML, 1)
    assert "UTF-8" in found.remedy


def test_no_parquet_at_all(tmp_path: Path) -> None:
    (found,) = findings(write(tmp_path, {TOML: GOOD[TOML], "people.parquet": b"hello"}))
    assert found.file == "people.parquet"


def test_a_broken_incentive_file_is_found(tmp_path: Path) -> None:
    (found,) = findings(write(tmp_path, {**GOOD, "incentive.toml": "[[plan]\n"}))
    assert (found.file, found.row) == ("incentive.toml", 1)


def test_faults_of_a_measure_name_its_keys_and_tables(tmp_path: Path) -> None:
    measure = '[measure.orders]\ngoal = -1\ntables = { potential = "market" }\n'
    files = {**GOOD, TOML: GOOD[TOML] + measure, "market.csv": "region,potential\nNorht,5\n"}
    found = findings(write(tmp_path, dict(files)))
    assert [(one.file, one.row, one.column) for one in found] == [
        ("market.csv", 2, "region"),
        (TOML, 14, "measure.orders.goal"),
    ]


def book(path: Path, scenario: list[list[object]], **sheets: list[list[object]]) -> Path:
    written = openpyxl.Workbook()
    written.remove(written.worksheets[0])
    for name, rows in {"scenario": scenario, **sheets}.items():
        sheet = written.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written.save(path)
    return path


def test_faults_in_a_workbook_name_sheet_row_and_column(tmp_path: Path) -> None:
    scenario: list[list[object]] = [["key", "value"], ["goal", -5], ["periods", '["2024"]']]
    people: list[list[object]] = [["rep", "区域", "capacity"], ["Ann", None, "1O0"]]
    wrong: list[list[object]] = [["region", "share"], ["North", dt.datetime(2024, 1, 1)]]
    path = book(tmp_path / "b.xlsx", scenario, people=people, regions=wrong, prodcts=[["a"]])
    places = [(one.file, one.row, one.column) for one in findings(path)]
    assert places == [
        ("people", 2, "capacity"),
        ("people", 2, "区域"),
        ("prodcts", 0, ""),
        ("regions", 2, "share"),
        ("scenario", 2, "goal"),
    ]


def test_a_settings_sheet_with_other_columns_or_a_key_twice(tmp_path: Path) -> None:
    (found,) = findings(book(tmp_path / "a.xlsx", [["name", "x"], ["goal", 1]]))
    assert (found.file, found.row) == ("scenario", 1)
    rows: list[list[object]] = [["key", "value"], ["goal", 1], ["goal", 2], ["goal.floor", 3]]
    found_twice = findings(book(tmp_path / "b.xlsx", rows))
    assert [one.row for one in found_twice] == [3, 4]


# Garbage: whatever lies in the files, the answer is a scenario or an InputError.

ANYTHING = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CELL = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["Ann", "North", "2024Q1", "A", "1", "0.5", "-1", "1e400", "'=x", "*", ";"]),
)
HEADERS = (
    "rep region period product share parent amount date metric value team min capacity "
    "potential start expires min_share 周期 x_ ?"
)


FEW = {name: GOOD[name] for name in (TOML, PEOPLE, REGIONS, "history.csv")}
"""Enough to try keys on; every table more is time."""


def loads_or_refuses(path: Path) -> None:
    try:
        load_scenarios(path)
    except InputError as error:
        assert error.findings
        assert all(finding.problem and finding.remedy for finding in error.findings)


@ANYTHING
@given(name=st.sampled_from(sorted(GOOD)), data=st.binary(max_size=60))
@example(name=PEOPLE, data=b'"')
@example(name=PEOPLE, data=b"\r")
@example(name=TOML, data=b"goal = " + b"[" * 2000)
@example(name=TOML, data=b"goal = " + b"9" * 400)
@example(name=TOML, data=b'extends = "a\\u0000b"')
@example(name=TOML, data=b"periods = [1]\nmeasure = 3\ntables = [{}]")
@example(name=TOML, data=b'"" = 1\n"a.b" = 2\n[measure."x/y"]\ngoal = {}')
def test_any_bytes(tmp_path: Path, name: str, data: bytes) -> None:
    loads_or_refuses(write(tmp_path, {**GOOD, name: data}))


@ANYTHING
@given(
    name=st.sampled_from(sorted(set(GOOD) - {TOML})),
    header=st.lists(st.sampled_from(HEADERS.split()), min_size=1, max_size=6),
    rows=st.lists(st.lists(CELL, max_size=7), max_size=5),
)
def test_any_cells(tmp_path: Path, name: str, header: list[str], rows: list[list[str]]) -> None:
    text = "\n".join(",".join(row) for row in [header, *rows])
    data = text.encode("utf-8", errors="replace")
    loads_or_refuses(write(tmp_path, {**GOOD, name: data}))


KEYS = (
    "goal target floor growth base periods measure tables buffers pacing weeks shares funnel "
    "steps stress by ramp ability top extends people correlation company levels rounding as_of x"
)
KEY = st.sampled_from(KEYS.split())
VALUE = st.recursive(
    st.one_of(
        st.integers(-5, 2000),
        st.floats(),
        st.booleans(),
        st.sampled_from(["", "2024Q1", "people", "..", "2024-01-01", "\n"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=12,
)


@ANYTHING
@given(keys=st.dictionaries(KEY, VALUE, max_size=6))
def test_any_settings(tmp_path: Path, keys: dict[str, object]) -> None:
    data = {"goal": 1000, "periods": ["2024Q1", "2024Q2"], **keys}
    stream = io.BytesIO()
    tomli_w.dump(data, stream)
    loads_or_refuses(write(tmp_path, {**FEW, TOML: stream.getvalue()}))


# ---------------------------------------------------------------- the nearest name


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("", "", 0), ("", "abc", 3), ("east", "east", 0), ("esat", "east", 1), ("esat", "west", 2),
        ("abcd", "badc", 2), ("ca", "abc", 3), ("people", "poeple", 1), ("peple", "people", 1),
        ("华冻", "华东", 1), ("kitten", "sitting", 3),
    ],
)  # fmt: skip
def test_distance_counts_slips(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == distance(other, one) == slips


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.text("abc", max_size=3))
def test_distance_is_that_of_what_differs(one: str, other: str, same: str) -> None:
    slips = distance(one, other)
    assert (slips == 0) == (one == other)
    assert abs(len(one) - len(other)) <= slips <= max(len(one), len(other))
    assert distance(same + one, same + other) <= slips
    assert distance(one + same, other + same) <= slips


@given(st.text("abcdef", min_size=3, max_size=9), st.data())
def test_two_neighbours_swapped_are_one_slip(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    assert distance(name, swapped) == (name != swapped)
    assert nearest(swapped, [name]) == name


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Esat", "East"), ("Wset", "West"), ("Est", "East"), ("wst", "West"), ("EAST", "East"),
        ("Nroth-East", "North-East"), ("North East", "North-East"), ("region_name", "region"),
        ("华冻区", "华东区"), ("Overseas", None), ("x", None), ("", None),
    ],
)  # fmt: skip
def test_the_nearest_name_is_the_likeliest_slip(written: str, expected: str | None) -> None:
    known = ["West", "East", "North-East", "region", "华东区"]
    assert nearest(written, known) == expected


def test_among_very_many_names_swapped_letters_are_still_found() -> None:
    known = [f"R{number:05}" for number in range(5000)] + ["East"]
    assert nearest("Esat", known) == "East"
    assert nearest("R04989", known[:4000]) is not None


def test_a_label_with_swapped_letters_is_told_its_neighbour(tmp_path: Path) -> None:
    people = "rep,region\na,Esat\n"
    regions = "region\nWest\nEast\n"
    toml = 'periods = ["2024"]\ngoal = 10\n'
    tables = {TOML: toml, "people.csv": people, "regions.csv": regions}
    with pytest.raises(InputError, match="Did you mean East"):
        load_scenarios(write(tmp_path, {name: text.encode() for name, text in tables.items()}))


WIDE = ",".join(f"x_{number}" for number in range(900))


@pytest.mark.parametrize(
    "text",
    [
        "rep,region" + "," * 900 + "\nA,East\n" + "\n" * 150_000,
        f"rep,region,{WIDE}\nA,East" + "," * 900 + "\n" * 300_000,
        f"rep,region,{WIDE}\rA,East" + "\r" * 300_000,
        "rep,region\nA,East\n" + "," * 9_990 + "\n" * 100_000,
        'rep,region\n"A",East\n' + "," * 9_990 + "\n" * 100_000,
    ],
)
def test_blank_rows_are_not_filled_up_without_end(tmp_path: Path, text: str) -> None:
    """A file of some kilobytes that would be a table of hundreds of millions of cells."""
    (tmp_path / "scenario.toml").write_text('periods = ["2024Q1"]\ngoal = 10\n', encoding="utf-8")
    (tmp_path / "people.csv").write_text(text, encoding="utf-8", newline="")
    with pytest.raises(InputError, match=r"people\.csv: the longest row has 9,?\d\d.*Delete the"):
        load_scenarios(tmp_path)


def test_some_blank_rows_and_columns_are_let_be(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text('periods = ["2024Q1"]\ngoal = 10\n', encoding="utf-8")
    text = "rep,region" + "," * 90 + "\nA,East\n" + "\n" * 20_000
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    assert len(load_scenarios(tmp_path).scenarios) == 1


def test_what_is_known_twice_is_named_once() -> None:
    assert meant("odd", ["week", "amount", "amount"]) == "Known here: week, amount."
