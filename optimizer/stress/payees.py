"""The people of a run, their targets by period and product, and which rules are for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.incentives.match import matching
from optimizer.problem.instance import Floats, Ints
from optimizer.results.stored_table import read_stored_table

Flags = NDArray[np.bool_]
LEVELS = ("floor", "target", "stretch")
AMOUNTS = ("reference", *LEVELS)


@dataclass(frozen=True)
class Payees:
    """The reps of a run, sorted by region, then name.

    Attributes
    ----------
    periods, products : tuple of str
    people : DataFrame
        One row per rep: rep, region, team, role and the other columns of the table people.
    scenario : Scenario
    order : (rep,) ints
        Row of each rep in the scenario's table of people.
    reference, floor, target, stretch : (period, rep, product) floats
        In the scenario's unit.
    per_unit : float
        Pay units in one unit of the plan.
    others : mapping of str to mapping of str to (period, rep, product) floats
        Other measures with targets → floor, target and stretch.
    """

    periods: tuple[str, ...]
    products: tuple[str, ...]
    people: pd.DataFrame
    scenario: Scenario
    order: Ints
    reference: Floats
    floor: Floats
    target: Floats
    stretch: Floats
    per_unit: float = 1.0
    others: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.people)

    def labels(self, column: str) -> NDArray[np.object_]:
        """Return a column of people as texts, (rep,) objects."""
        return np.asarray(self.people[column].astype(str).to_numpy(dtype=object))

    def matched(self, match: Mapping[str, tuple[str, ...]], what: str) -> Flags:
        """Return who is meant, (rep,) flags.

        Raises
        ------
        InputError
            Where people have no such column, or nobody is meant.
        """
        for column in match:
            if column not in self.people:
                known = sorted(map(str, self.people.columns))
                raise InputError(f"{what}: people have no column {column}. {meant(column, known)}")
        found = self.matching(match)
        if not found.any():
            shown = ", ".join(f"{name} {'/'.join(values)}" for name, values in match.items())
            raise InputError(f"{what}: nobody has {shown}; write what stands in people")
        return found

    def matching(self, match: Mapping[str, tuple[str, ...]]) -> Flags:
        """Return who is meant by a rule of pay, (rep,) flags; nobody is an answer too."""
        return np.asarray(matching(match, self.scenario)[self.order])

    def levels(self, measure: str = "") -> Mapping[str, Floats]:
        """Return level → (period, rep, product) floats, of the main measure or a named one."""
        if measure:
            return self.others[measure]
        return {"floor": self.floor, "target": self.target, "stretch": self.stretch}

    def of_products(self, products: tuple[str, ...]) -> Ints:
        """Return the positions of products; of all where none is named."""
        if not products:
            return np.arange(len(self.products))
        return np.array([self.products.index(one) for one in products if one in self.products], int)


def read_payees(folder: Path, scenario: Scenario) -> Payees:
    """Read the people and targets of a run folder.

    Parameters
    ----------
    folder : Path
        Written by ``plan``.
    scenario : Scenario
        From the run's own copy of its inputs.

    Raises
    ------
    InputError
        Where the plan has no people, or its targets cannot be read.
    """
    people = scenario.table("people")
    if people is None or people.empty:
        raise InputError(
            f"{folder}: the plan has no people, so nobody is paid; add a table people and plan"
        )
    table = read_stored_table(folder, "targets", ("period", "rep", "product"), AMOUNTS)
    table = table[table["rep"].astype(str) != ""]
    named = people.assign(
        rep=people["rep"].astype(str), region=people["region"].astype(str)
    ).reset_index(drop=True)
    ordered = named.sort_values(["region", "rep"])
    settings = scenario.settings
    products = tuple(sorted(set(table["product"].astype(str))))
    labels = settings.periods, tuple(ordered["rep"]), products
    measure = np.full(len(table), settings.measure, dtype=object)
    if "measure" in table:
        measure = table["measure"].astype(str).to_numpy(dtype=object)
    cubes = {
        name: {column: _cube(table[measure == name], column, labels) for column in AMOUNTS}
        for name in sorted({settings.measure, *measure})
    }
    per_unit = float(settings.other.get("pay", {}).get("per_unit", 1.0))
    return Payees(
        settings.periods,
        products,
        ordered.reset_index(drop=True),
        scenario,
        ordered.index.to_numpy(),
        **cubes.pop(settings.measure),
        per_unit=per_unit,
        others=cubes,
    )


def _cube(
    rows: pd.DataFrame,
    column: str,
    labels: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
) -> Floats:
    """Return a column of targets, (period, rep, product) floats."""
    found = np.zeros(tuple(map(len, labels)))
    place = tuple(
        pd.Index(known).get_indexer(pd.Index(rows[name].astype(str)))
        for known, name in zip(labels, ("period", "rep", "product"), strict=True)
    )
    np.add.at(found, place, rows[column].to_numpy(dtype=float))
    return found
