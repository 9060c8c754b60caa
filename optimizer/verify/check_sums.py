"""Check 3: the plan adds up, exactly, in whole units, at every level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from optimizer.verify.amounts import above, differ, far, whole
from optimizer.verify.axes import UNKNOWN, place
from optimizer.verify.columns import coded, rows_where
from optimizer.verify.crew import whole_down
from optimizer.verify.cube import Bools, Floats, margins
from optimizer.verify.facts import Facts, label
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan, where_cell

CHECK = "adds up"
ROLLUP = "rollup.csv"
LEVELS = ("floor", "target", "stretch")
TEAM_COLUMNS = ("street", "floor", "stretch", "reference")
BLANK_BY_TEAM = ("ask", "target", "gap", "potential", "capacity")
ROW_COLUMN = {name: "target" if name == "street" else name for name in TEAM_COLUMNS}


def check_rows(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield cells that ``targets.csv`` lacks, and rows of cells that do not exist.

    A cell exists where its reference is above 0, its product is sold by the rep, and the rep
    has a reference target in the period.
    """
    rows, axes = plan.rows, facts.axes
    if facts.crew is None or facts.targets is None:
        wanted = facts.opened
        found = np.bincount(rows.cell, minlength=wanted.size).reshape(wanted.shape) > 0
        for leaf, q, p in np.argwhere(wanted & ~found):
            yield fault(CHECK, plan.targets_file, where_cell(axes, leaf, q, p), "row is missing")
        for leaf, q, p in np.argwhere(found & ~wanted):
            yield fault(
                CHECK, plan.targets_file, where_cell(axes, leaf, q, p),
                "has a row, but the cell is closed: its reference is 0",
            )  # fmt: skip
        return
    crew = facts.crew
    present = rows.listed
    wanted = facts.opened[crew.leaf] & crew.sells[:, None, :] & (facts.targets > 0.0)[:, :, None]
    for rep, q, p in np.argwhere(wanted & ~present):
        where = where_cell(axes, crew.leaf[rep], q, p, crew.names[rep])
        yield fault(CHECK, plan.targets_file, where, "row is missing")
    for rep, q, p in np.argwhere(present & ~wanted):
        where = where_cell(axes, crew.leaf[rep], q, p, crew.names[rep])
        why = (
            "the rep is not eligible: the product is not on the rep's list"
            if not crew.sells[rep, p]
            else "the cell is closed: its reference is 0"
        )
        yield fault(CHECK, plan.targets_file, where, f"has a row, but {why}")


def check_homes(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield rows whose region or team is not that of the rep."""
    if facts.crew is None:
        return
    rows, crew = plan.rows, facts.crew
    labels = sorted(set(crew.teams))
    own = place(labels, pd.Series(crew.teams, dtype=object))
    told, team_labels = coded(rows.team)
    team_of = np.append(place(labels, team_labels), UNKNOWN)

    def strange(part: slice) -> Bools:
        rep = rows.rep[part]
        elsewhere = crew.leaf[rep] != rows.leaf(part)
        return np.asarray(elsewhere | (own[rep] != team_of[told[part]]), dtype=bool)

    for row in rows_where(len(rows.rep), strange):
        rep, team = rows.rep[row], rows.team.iloc[row] or "(none)"
        yield fault(
            CHECK, plan.targets_file,
            where_cell(facts.axes, *rows.place(int(row)), crew.names[rep]),
            "the rep does not belong there",
            f"region {facts.axes.tree.leaves[crew.leaf[rep]]} team {crew.teams[rep] or '(none)'}",
            f"region {facts.axes.tree.leaves[rows.place(int(row))[0]]} team {team}",
        )  # fmt: skip


def check_whole(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield amounts that are negative or no whole multiples of the rounding unit."""
    rows, axes, unit = plan.rows, facts.axes, facts.unit
    for column in LEVELS:
        amount = getattr(rows, column)
        for row in rows_where(len(amount), partial(_is_no_amount, amount, unit)):
            rep = facts.crew.names[rows.rep[row]] if facts.crew else ""
            where = where_cell(axes, *rows.place(int(row)), rep)
            yield _not_whole(plan.targets_file, f"{where}, {column}", amount[row], unit)
    for column in ("ask", "target", "gap"):
        cube = plan.margin[column]
        for node, q, p in np.argwhere(~whole(cube, unit) | (cube < 0.0)):
            where = f"{_place(facts, node, q, p)}, {column}"
            yield _not_whole(ROLLUP, where, cube[node, q, p], unit)


def _is_no_amount(amount: Floats, unit: float, rows: slice) -> Bools:
    return np.asarray(~whole(amount[rows], unit) | (amount[rows] < 0.0), dtype=bool)


def check_rollup(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield rows of the roll-up that are missing or are not the sum of their cells."""
    rows, tree = plan.rows, facts.axes.tree
    for node, q, p in np.argwhere(~plan.present):
        yield fault(CHECK, ROLLUP, _place(facts, node, q, p), "row is missing")
    street = rows.cells("target")
    regional = facts.crew is None
    sums = {
        "ask": plan.leaf("ask", facts),
        "target": street if regional else plan.leaf("target", facts),
        "gap": plan.leaf("gap", facts),
        "street": street,
        "floor": rows.cells("floor"),
        "stretch": rows.cells("stretch"),
    }
    for column, cells in sums.items():
        expected = margins(cells, tree)
        wrong = plan.present & differ(plan.margin[column], expected, facts.unit)
        for node, q, p in np.argwhere(wrong):
            yield fault(
                CHECK, ROLLUP, f"{_place(facts, node, q, p)}, {column}",
                "is not the sum of its cells",
                expected[node, q, p], plan.margin[column][node, q, p],
            )  # fmt: skip
    expected = margins(plan.leaf("reference", facts), tree)
    found = plan.margin["reference"]
    for node, q, p in np.argwhere(plan.present & far(found, expected, facts.ask_total)):
        yield fault(
            CHECK, ROLLUP, f"{_place(facts, node, q, p)}, reference",
            "is not the sum of its cells", expected[node, q, p], found[node, q, p],
        )  # fmt: skip


def check_gap_column(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield rows of the roll-up where the gap is not the ask less the target."""
    expected = plan.margin["ask"] - plan.margin["target"]
    found = plan.margin["gap"]
    for node, q, p in np.argwhere(plan.present & differ(found, expected, facts.unit)):
        yield fault(
            CHECK, ROLLUP, f"{_place(facts, node, q, p)}, gap", "is not ask less target",
            expected[node, q, p], found[node, q, p],
        )  # fmt: skip


def check_ask(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield a company ask that is not the goal with its over-assignment, in whole units."""
    expected = whole_down(np.array(facts.ask_total), facts.unit)
    found = plan.margin["ask"][0, -1, -1]
    if differ(np.array(found), expected, facts.unit):
        yield fault(CHECK, ROLLUP, "*, *, *, ask",
                    "is not the goal with over-assignment", float(expected), found)  # fmt: skip


def check_teams(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield rows by team that are missing, unknown, or not the sum of the team's cells."""
    expected = _team_sums(facts, plan)
    seen = set()
    for row in plan.teams.to_dict("records"):
        key = (str(row["team"]), int(row["q"]), int(row["node"]), int(row["p"]))
        where = label(facts.axes, key[1:], f"team {key[0]}")
        if key not in expected:
            yield fault(CHECK, ROLLUP, where, "the region has no such team with targets there")
            continue
        seen.add(key)
        yield from _team_row(facts, {str(name): row[name] for name in row}, expected[key], where)
    for key in sorted(expected.keys() - seen):
        if expected[key][0] > 0.0:
            where = label(facts.axes, key[1:], f"team {key[0]}")
            yield fault(CHECK, ROLLUP, where, "row is missing")


def _team_row(
    facts: Facts, row: dict[str, Any], expected: Sequence[float], where: str
) -> Iterator[Failure]:
    for column, amount in zip(TEAM_COLUMNS, expected, strict=True):
        found, wanted = np.array(row[column], dtype=float), np.array(amount)
        wrong = (
            far(found, wanted, facts.ask_total)
            if column == "reference"
            else differ(found, wanted, facts.unit)
        )
        if wrong:
            yield fault(CHECK, ROLLUP, f"{where}, {column}",
                        "is not the sum of the team's cells", amount, float(found))  # fmt: skip
    for column in BLANK_BY_TEAM:
        if not np.isnan(row[column]):
            yield fault(CHECK, ROLLUP, f"{where}, {column}", "teams have none: must be blank",
                        found=row[column])  # fmt: skip


def check_street(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield regions whose rep targets do not cover the region target, or exceed its room.

    Y[r,q] ≤ Σ T ≤ ⌊(1 + over-assignment) · Y[r,q]⌋, and per product
    Y ≤ Σ x < (1 + over-assignment) · Y + 1 unit.
    """
    if facts.crew is None:
        return
    rows, unit = plan.rows, facts.unit
    street, target = rows.cells("target"), plan.leaf("target", facts)
    over = 1.0 + facts.terms.over_rep
    most = whole_down(over * target.sum(axis=2), unit)
    yield from _outside(facts, street.sum(axis=2), target.sum(axis=2), most)
    room = np.ceil(over * target / unit * (1.0 - 1e-12)) * unit
    yield from _outside(facts, street, target, np.maximum(room, target))


def _outside(facts: Facts, street: Floats, low: Floats, high: Floats) -> Iterator[Failure]:
    for wrong, limit, words in (
        (above(low, street, facts.unit), low, "the rep targets add up to less than the target"),
        (above(street, high, facts.unit), high, "the rep targets add up to more than the target "
         "with over-assignment"),
    ):  # fmt: skip
        for at in np.argwhere(wrong):
            p = int(at[2]) if len(at) > 2 else -1
            where = where_cell(facts.axes, at[0], at[1], p)
            index = tuple(at)
            yield fault(CHECK, ROLLUP, f"{where}, street", words, limit[index], street[index])


def _team_sums(facts: Facts, plan: Plan) -> dict[tuple[str, int, int, int], Sequence[float]]:
    if facts.crew is None:
        return {}
    rows, axes = plan.rows, facts.axes
    homes = dict(zip(facts.crew.teams, facts.crew.leaf.tolist(), strict=True))
    homes.pop("", None)
    teams = sorted(homes)
    team = place(teams, rows.team)
    mine = team >= 0
    sums = np.zeros((len(teams), axes.shape[1] + 1, axes.shape[2] + 1, len(TEAM_COLUMNS)))
    index = team[mine], rows.period[mine], rows.product[mine]
    for number, column in enumerate(TEAM_COLUMNS):
        np.add.at(sums[..., number], index, getattr(rows, ROW_COLUMN[column])[mine])
    sums[:, -1] = sums[:, :-1].sum(axis=1)
    sums[:, :, -1] = sums[:, :, :-1].sum(axis=2)
    return {
        (name, q, int(axes.tree.leaf_node[homes[name]]), p): sums[number, q, p].tolist()
        for number, name in enumerate(teams)
        for q in range(-1, axes.shape[1])
        for p in range(-1, axes.shape[2])
    }


def _place(facts: Facts, node: int, q: int, p: int) -> str:
    axes = facts.axes
    return label(axes, (_all(q, axes.shape[1]), node, _all(p, axes.shape[2])))


def _all(index: int, length: int) -> int:
    return -1 if index == length else int(index)


def _not_whole(file: str, place: str, amount: float, unit: float) -> Failure:
    words = "is negative" if amount < 0 else f"is no whole multiple of {unit:g}"
    return fault(CHECK, file, place, words, found=amount)
