"""Small plans written down by hand for the tests of single checks of the verifier."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.verify.facts import Facts, read_facts
from optimizer.verify.failures import Failure
from optimizer.verify.terms import read_terms
from optimizer.verify.written import AMOUNTS, MARGINS, Plan, lay_out

Amounts = Mapping[str, Iterable[float]]
Check = Callable[[Facts, Plan], Iterable[Failure]]
PLACE = ("period", "region", "rep", "product")
BY_TEAM = ("street", "floor", "stretch", "reference")


def read(folder: Path, toml: str, **tables: str) -> tuple[Facts, list[str]]:
    """Return the facts of a scenario written as text, and what is wrong with its inputs."""
    scenario = folder / "scenario"
    scenario.mkdir(parents=True)
    for name, text in tables.items():
        (scenario / f"{name}.csv").write_text(text, encoding="utf-8")
    facts, failures = read_facts(folder, read_terms(tomllib.loads(toml))[0])
    return facts, [one.text for one in failures]


@dataclass(frozen=True)
class Draft:
    """A plan as its two tables, to be changed and laid out.

    Attributes
    ----------
    targets, rollup : DataFrame
        As ``targets.csv`` and ``rollup.csv`` have them.
    """

    facts: Facts
    targets: pd.DataFrame
    rollup: pd.DataFrame

    def plan(self) -> Plan:
        """Return the plan; all of its labels are known."""
        laid_out, failures = lay_out(self.facts, self.targets, self.rollup, "targets.csv")
        assert not failures
        return laid_out

    def of(self, **changes: object) -> Draft:
        """Return the same plan of facts that are changed in some fields."""
        return replace(self, facts=replace(self.facts, **changes))  # type: ignore[arg-type]

    def target(self, column: str, amount: float, words: str = "", **labels: str) -> Draft:
        """Add to a column of the rows of the targets that have these labels.

        Parameters
        ----------
        words : str
            Labels of any columns.
        """
        for word in words.split():
            (name,) = (name for name in PLACE if (self.targets[name] == word).any())
            labels[name] = word
        return replace(self, targets=added(self.targets, column, amount, labels))

    def roll(self, column: str, amount: float, words: str = "", **labels: str) -> Draft:
        """Add to a column of the rows of the roll-up that have these labels.

        Parameters
        ----------
        words : str
            Period, region and product of a row over all teams.
        """
        if words:
            names = ("period", "region", "product", "team")
            labels = dict(zip(names, [*words.split(), "*"], strict=True))
        return replace(self, rollup=added(self.rollup, column, amount, labels))

    def without(self, table: str, **labels: str) -> Draft:
        """Leave out the rows of a table that have these labels."""
        frame = getattr(self, table)
        return replace(self, **{table: frame[~having(frame, labels)]})

    def relabelled(self, table: str, labels: Mapping[str, str], **others: str) -> Draft:
        """Give other labels to the rows of a table that have these."""
        return self._with(table, labels, others)

    def filled(self, table: str, labels: Mapping[str, str], **amounts: float) -> Draft:
        """Put amounts into the rows of a table that have these labels."""
        return self._with(table, labels, amounts)

    def _with(self, table: str, labels: Mapping[str, str], cells: Mapping[str, object]) -> Draft:
        frame = getattr(self, table).copy()
        chosen = having(frame, labels)
        for column, cell in cells.items():
            frame.loc[chosen, column] = cell
        return replace(self, **{table: frame})

    def said(self, check: Check) -> list[str]:
        """Return what a check says of the plan: where | what should be there | what is."""
        found = check(self.facts, self.plan())
        return [" | ".join((one.where, one.expected, one.found)) for one in found]


def having(frame: pd.DataFrame, labels: Mapping[str, str]) -> np.ndarray:
    """Return which rows have some labels; there is one at least."""
    found = np.ones(len(frame), dtype=bool)
    for name, label in labels.items():
        found &= (frame[name] == label).to_numpy()
    assert found.any(), labels
    return found


def added(
    frame: pd.DataFrame, column: str, amount: float, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Return a table with an amount added to a column of some rows."""
    changed = frame.copy()
    changed.loc[having(frame, labels), column] += amount
    return changed


def written(facts: Facts, rows: str, cells: Amounts, backing: Mapping[str, float]) -> Draft:
    """Return the plan of some rows of the targets.

    Parameters
    ----------
    rows : str
        ``targets.csv``.
    cells : mapping of "period region product" to (ask, target, reference)
        Without the target, it is what the rows add up to.
    backing : mapping of "column period region product" to amount
        The potential and the capacity of slices.
    """
    lines = [line.split(",") for line in rows.split()]
    targets = pd.DataFrame(lines[1:], columns=lines[0])
    targets = targets.astype(dict.fromkeys(AMOUNTS, float))
    tree = facts.axes.tree
    above = [tree.names[node] if node >= 0 else "" for node in tree.parent]
    parent = dict(zip(tree.names, above, strict=True))
    sums: dict[tuple[str, str, str, str], dict[str, float]] = {}

    def slices(period: str, region: str, product: str) -> Iterable[tuple[str, str, str]]:
        while region:
            for q in (period, "*"):
                for p in (product, "*"):
                    yield q, region, p
            region = parent[region]

    names = facts.axes
    for region in names.tree.names:
        for period in (*names.periods, "*"):
            for product in (*names.products, "*"):
                sums[period, region, "*", product] = dict.fromkeys(MARGINS[:-2], 0.0)
    for place, amounts in cells.items():
        period, region, product = place.split()
        ask, *target, reference = amounts
        for q, node, p in slices(period, region, product):
            row = sums[q, node, "*", p]
            row["ask"] += ask
            row["target"] += sum(target)
            row["reference"] += reference
    for one in targets.to_dict("records"):
        for q, node, p in slices(one["period"], one["region"], one["product"]):
            row = sums[q, node, "*", p]
            row["street"] += one["target"]
            row["floor"] += one["floor"]
            row["stretch"] += one["stretch"]
            if facts.crew is None:
                row["target"] += one["target"]
            if one["team"] and node == one["region"]:
                team = sums.setdefault((q, node, one["team"], p), dict.fromkeys(BY_TEAM, 0.0))
                team["street"] += one["target"]
                for name in BY_TEAM[1:]:
                    team[name] += one[name]
    frame = pd.DataFrame(
        [dict(zip(("period", "region", "team", "product"), key, strict=True)) | values
         for key, values in sums.items()]
    )  # fmt: skip
    frame["gap"] = frame["ask"] - frame["target"]
    frame["potential"] = frame["capacity"] = np.nan
    for place, amount in backing.items():
        column, period, region, product = place.split()
        labels = {"period": period, "region": region, "team": "*", "product": product}
        frame.loc[having(frame, labels), column] = amount
    return Draft(facts, targets, frame)
