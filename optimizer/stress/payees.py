"""The people of a run, their targets by period and product, and which rules are for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.incentives.match import matching
from optimizer.problem.instance import Floats, Ints
from optimizer.results.stored_table import read_stored, table_path

Flags = NDArray[np.bool_]
AMOUNTS = ("reference", "floor", "target", "stretch")


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
        found = matching(match, self.scenario)[self.order]
        if not found.any():
            shown = ", ".join(f"{name} {'/'.join(values)}" for name, values in match.items())
            raise InputError(f"{what}: nobody has {shown}; write what stands in people")
        return np.asarray(found)

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
    path = table_path(folder, "targets")
    try:
        table = read_stored(path, AMOUNTS)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read; plan again") from error
    if "measure" in table:
        table = table[table["measure"].astype(str) == scenario.settings.measure]
    table = table[table["rep"].astype(str) != ""]
    named = people.assign(
        rep=people["rep"].astype(str), region=people["region"].astype(str)
    ).reset_index(drop=True)
    ordered = named.sort_values(["region", "rep"])
    products = tuple(sorted(set(table["product"].astype(str))))
    periods = scenario.settings.periods
    place = (
        pd.Index(periods).get_indexer(pd.Index(table["period"].astype(str))),
        pd.Index(ordered["rep"]).get_indexer(pd.Index(table["rep"].astype(str))),
        pd.Index(products).get_indexer(pd.Index(table["product"].astype(str))),
    )
    amounts = {}
    for name in AMOUNTS:
        cube = np.zeros((len(periods), len(ordered), len(products)))
        np.add.at(cube, place, table[name].to_numpy(dtype=float))
        amounts[name] = cube
    per_unit = float(scenario.settings.other.get("pay", {}).get("per_unit", 1.0))
    order = ordered.index.to_numpy()
    people = ordered.reset_index(drop=True)
    return Payees(periods, products, people, scenario, order, **amounts, per_unit=per_unit)
