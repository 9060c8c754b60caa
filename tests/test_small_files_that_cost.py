"""Small files that would cost minutes: lists of rules without end, chains, cards, columns gone."""

from __future__ import annotations

import csv
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from click.testing import CliRunner, Result
from worlds import write_world

from cli import main
from optimizer.domain.nearest import LISTED, Known
from optimizer.errors import InputError
from optimizer.inputs.check_shares import MOST_ABOVE, _regions_above
from optimizer.inputs.load import load_scenarios
from optimizer.pipeline import plan

TOML = 'name = "tiny"\nperiods = ["2024Q1"]\ngoal = 100\n'
PEOPLE = "rep,region,role\nAnn,A,senior\nBen,B,junior\n"


def scenario(folder: Path, toml: str = TOML, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.toml").write_text(toml, encoding="utf-8")
    for name, text in files.items():
        suffix = "toml" if name in ("incentive", "scorecard") else "csv"
        (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    return folder


def quotaplan(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


BLOCKS = {
    "funnel": '[[funnel]]\nsteps = ["deal"]\ndeal_size = 1\n',
    "pacing.by": '[[pacing.by]]\nmatch = { role = "senior" }\nshares = [0.3, 0.5, 0.2]\n',
    "contingency": '[[contingency]]\nname = "c"\n',
    "stress.shock": "[[stress.shock]]\nfactor = 0.5\nprobability = 0.1\n",
    "stress.by": '[[stress.by]]\nmatch = { role = "senior" }\n',
}


@pytest.mark.parametrize("name", BLOCKS)
def test_lists_of_rules_have_an_end(tmp_path: Path, name: str) -> None:
    full = scenario(tmp_path / "full", TOML + 1_000 * BLOCKS[name], people=PEOPLE)
    assert load_scenarios(full).scenarios[0].settings.name == "tiny"
    with pytest.raises(InputError) as caught:
        load_scenarios(scenario(tmp_path / "over", TOML + 1_001 * BLOCKS[name], people=PEOPLE))
    told = str(caught.value)
    assert f"column {name}: there are 1,001 of them. Write at most 1,000." in told


# ------------------------------------------------------------ regions above regions


def slow_regions_above(names: list[str], parents: list[str]) -> list[int]:
    """Climb from each region by itself."""
    parent = dict(zip(names, parents, strict=True))
    found = []
    for name in names:
        node, climbed = parent.get(name, ""), 0
        seen = {name}
        while name and node and node not in seen:
            seen.add(node)
            climbed += 1
            node = parent.get(node, "")
        in_circle = bool(name) and node == name
        found.append(-1 if in_circle else climbed if not node else None)
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(40))
def test_regions_above_are_counted_as_by_climbing(seed: int) -> None:
    """None, above: the region is in no circle, but one is above it."""
    rng = np.random.default_rng(seed)
    number = int(rng.integers(1, 12))
    names = [str(one) for one in rng.permutation(number)]
    parents = [str(rng.choice([*names, "", "unknown"])) for _ in names]
    fast, slow = _regions_above(names, parents).tolist(), slow_regions_above(names, parents)
    for ours, climbed in zip(fast, slow, strict=True):
        assert ours >= 0 if climbed is None else ours == climbed


def test_blank_names_have_nothing_above() -> None:
    assert _regions_above(["", "A"], ["A", ""]).tolist() == [0, 0]


def chain(length: int) -> str:
    rows = [f"r{one},{f'r{one - 1}' if one else ''}\n" for one in range(length)]
    return "region,parent\n" + "".join(rows)


def test_a_tree_of_regions_has_an_end_of_levels(tmp_path: Path) -> None:
    deep = scenario(tmp_path / "deep", regions=chain(MOST_ABOVE + 1))
    assert load_scenarios(deep).scenarios
    with pytest.raises(InputError) as caught:
        load_scenarios(scenario(tmp_path / "deeper", regions=chain(20_000)))
    told = str(caught.value)
    assert f"row {MOST_ABOVE + 3}, column parent: more than 100 regions lie above this one" in told
    assert "19879 more rows" in told


# ------------------------------------------------------------ names that nobody has


def test_only_the_first_unknown_names_are_compared_with_all() -> None:
    known = Known(["Ann", "", "Ben", "Ann"])
    assert known.names == ["Ann", "Ben"]
    assert "Ann" in known
    assert "" not in known
    assert "Bem" not in known
    assert {known.remedy("Bem") for _ in range(LISTED)} == {"Did you mean Ben?"}
    assert known.remedy("Bem") == "Write one that is there."


def test_each_value_that_nobody_has_is_noted(tmp_path: Path) -> None:
    plans = "".join(
        f'[[plan]]\nname = "p{one}"\nmatch = {{ role = "r{one}" }}\n'
        '[[plan.commission]]\nmode = "marginal"\ntiers = [{ from = 0.0, rate = 0.01 }]\n'
        for one in range(30)
    )
    told = quotaplan("check", scenario(tmp_path, people=PEOPLE, incentive=plans))
    assert told.exit_code in (0, 2)
    assert told.stderr.count("nobody has this role, so the plan matches nobody by it") == 30
    assert told.stderr.count("Write one that is there.") == 10


def test_regions_below_are_somebody(tmp_path: Path) -> None:
    """A rule for a region is for the people of the regions below it."""
    plans = (
        '[[plan]]\nname = "p"\nmatch = { region = ["Home", "Away"] }\n'
        '[[plan.commission]]\nmode = "marginal"\ntiers = [{ from = 0.0, rate = 0.01 }]\n'
    )
    regions = "region,parent\nHome,\nA,Home\nB,Home\nAway,\n"
    told = quotaplan("check", scenario(tmp_path, people=PEOPLE, incentive=plans, regions=regions))
    assert told.stderr.count("nobody has this region") == 1
    assert "(found: Away)" in told.stderr


METRIC = '[[metric]]\nname = "m{0}"\nweight = 0.01\nkind = "level"\nsource = "s{0}"\n'
METRIC += 'mode = "linear"\nmissing = "error"\n'
METRIC += "bands = [{{ from = 0.0, points = 0 }}, {{ from = 1.0, points = 100 }}]\n"


def test_a_card_has_an_end_of_measures(tmp_path: Path) -> None:
    hundred = "".join(METRIC.format(one) for one in range(100))
    told = quotaplan("check", scenario(tmp_path / "100", people=PEOPLE, scorecard=hundred))
    assert told.exit_code == 0, told.stderr
    told = quotaplan(
        "check", scenario(tmp_path / "101", people=PEOPLE, scorecard=hundred + METRIC.format("x"))
    )
    assert told.exit_code == 2
    assert "the card of Ann, Ben in 2024Q1 has 101 measures." in told.stderr


# ------------------------------------------------------------ columns of a run that are gone

RULES = """
[[plan]]
name = "all"
[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = 1.0, rate = 0.02 }]
"""
USED = {
    "targets": ("period", "rep", "product", "reference", "floor", "target", "stretch"),
    "rollup": ("period", "region", "team", "product", "target", "gap"),
}


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run with people and rules of pay."""
    folder = tmp_path_factory.mktemp("paid")
    world = write_world(
        folder / "scenario",
        {"name": "paid", "periods": ["2024Q1"], "goal": 100},
        people=[{"rep": "Ann", "region": "A"}, {"rep": "Ben", "region": "B"}],
        history=[{"period": "2023Q4", "rep": rep, "amount": 10} for rep in ("Ann", "Ben")],
    )
    (world / "incentive.toml").write_text(RULES, encoding="utf-8")
    plan(world, folder / "run")
    return folder / "run"


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in USED.items() for column in columns]
)
def test_a_run_without_a_column_is_refused_in_words(
    paid: Path, tmp_path: Path, table: str, column: str
) -> None:
    run = copytree(paid, tmp_path / "run")
    with (run / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    place = rows[0].index(column)
    with (run / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(row[:place] + row[place + 1 :] for row in rows)
    for words in (("stress",), ("frontier",), ("tune", "--budget", "5")):
        told = quotaplan(words[0], run, *words[1:], "--out", tmp_path / "out", "--charts", "none")
        assert told.exit_code == 2, (words, told.output)
        assert f"{table}.csv: it has no column {column}; plan again" in told.stderr
        assert not (tmp_path / "out").exists()


def test_the_run_itself_is_in_order(paid: Path, tmp_path: Path) -> None:
    for words in (("stress",), ("frontier",), ("tune", "--budget", "5")):
        told = quotaplan(
            words[0], paid, *words[1:], "--out", tmp_path / words[0], "--charts", "none"
        )
        assert told.exit_code in (0, 3), told.output
