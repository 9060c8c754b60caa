"""Add up the totals of run folders anew, from their files alone: README's table.

``python tests/totals.py`` writes the table into README.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
from decimal import Decimal
from pathlib import Path

import documents

from optimizer.errors import ContradictionError
from optimizer.pipeline import plan

SCENARIOS = sorted(path.parent for path in (documents.ROOT / "scenarios").glob("*/scenario.toml"))
HEADER = """\
| scenario | goal | placed | gap | street | totals | off |
|---|---|---|---|---|---|---|
"""
EVERY = "*"

Row = dict[str, str]


def totals(scenario: Path, out: Path) -> list[str]:
    """Plan a scenario and return its lines of README's table."""
    try:
        plan(scenario, out)
    except ContradictionError as error:
        return [f"| {scenario.name} | – | no plan | – | – | – | exit code {error.exit_code} |"]
    summary = json.loads((out / "run.json").read_text(encoding="utf-8"))
    measures = summary.get("measures") or {"": summary}
    lines = []
    for measure, figures in measures.items():
        checked, off = added_up(out, measure, figures)
        name = f"{scenario.name}: {measure}" if measure else scenario.name
        amounts = " | ".join(f"{figures[key]:,.0f}" for key in ("goal", "placed", "gap", "street"))
        lines.append(f"| {name} | {amounts} | {checked:,} | {off} |")
    return lines


def added_up(run: Path, measure: str, figures: dict[str, float]) -> tuple[int, int]:
    """Return how many totals of a run were added up anew, and how many are off.

    Every row of the rollup, at every level, against the rows of targets.csv below it and
    against the leaf cells of the rollup; and the company against run.json.
    """
    targets = [row for row in read(run / "targets.csv") if row.get("measure", "") == measure]
    rollup = [row for row in read(run / "rollup.csv") if row.get("measure", "") == measure]
    above = nodes_above(run, targets, rollup)
    regional = not any(row["rep"] for row in targets)
    sums = street_sums(targets, above)
    cells = placed_sums(rollup, above)
    pairs = []
    for row in rollup:
        key = (row["period"], row["region"], row["team"], row["product"])
        for column in ("floor", "stretch"):
            pairs.append((Decimal(row[column]), sums.get((*key, column), Decimal(0))))
        column = "target" if regional else "street"
        pairs.append((Decimal(row[column]), sums.get((*key, "target"), Decimal(0))))
        if row["team"] == EVERY:
            pairs.append((Decimal(row["ask"]), Decimal(row["target"]) + Decimal(row["gap"])))
            for column in ("ask", "target", "gap"):
                pairs.append((Decimal(row[column]), cells[key[0], key[1], key[3], column]))
    company = next(row for row in rollup if set(list(row.values())[-13:-9]) == {EVERY})
    for column, name in (("target", "placed"), ("street", "street")):
        pairs.append((Decimal(company[column]), Decimal(str(figures[name]))))
    return len(pairs), sum(one != other for one, other in pairs)


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def nodes_above(run: Path, targets: list[Row], rollup: list[Row]) -> dict[str, list[str]]:
    """Return the nodes of the region tree, the company included, above each leaf."""
    table = run / "scenario" / "regions.csv"
    regions = read(table) if table.exists() else []
    parents = {row["region"]: row.get("parent", "") for row in regions}
    names = {row["region"] for row in [*targets, *rollup]} - {EVERY} - set(parents.values())
    above = {}
    for leaf in names:
        chain = [EVERY, leaf]
        while parents.get(chain[-1]):
            chain.append(parents[chain[-1]])
        above[leaf] = chain
    return above


def street_sums(targets: list[Row], above: dict[str, list[str]]) -> dict[tuple[str, ...], Decimal]:
    sums: dict[tuple[str, ...], Decimal] = {}
    for row in targets:
        slices = [
            (period, region, EVERY, product)
            for period in (row["period"], EVERY)
            for region in above[row["region"]]
            for product in (row["product"], EVERY)
        ]
        if row["team"]:
            slices += [
                (period, row["region"], row["team"], product)
                for period in (row["period"], EVERY)
                for product in (row["product"], EVERY)
            ]
        for key in slices:
            for column in ("floor", "target", "stretch"):
                place = (*key, column)
                sums[place] = sums.get(place, Decimal(0)) + Decimal(row[column])
    return sums


def placed_sums(rollup: list[Row], above: dict[str, list[str]]) -> dict[tuple[str, ...], Decimal]:
    sums: dict[tuple[str, ...], Decimal] = {}
    for row in rollup:
        if row["team"] != EVERY or row["region"] not in above:
            continue
        if EVERY in (row["period"], row["product"]):
            continue
        for period in (row["period"], EVERY):
            for region in above[row["region"]]:
                for product in (row["product"], EVERY):
                    for column in ("ask", "target", "gap"):
                        place = (period, region, product, column)
                        sums[place] = sums.get(place, Decimal(0)) + Decimal(row[column])
    return sums


def table_in(text: str) -> str:
    """Return the rows of README's table."""
    found = re.search(re.escape(HEADER) + r"((?:\|.*\n)*)", text)
    assert found is not None, "README has the table of totals"
    return found[1]


if __name__ == "__main__":
    page = documents.README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        lines = [line for path in SCENARIOS for line in totals(path, Path(folder) / path.name)]
    rows = "".join(f"{line}\n" for line in lines)
    documents.README.write_text(
        page.replace(HEADER + table_in(page), HEADER + rows), encoding="utf-8", newline="\n"
    )
