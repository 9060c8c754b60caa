"""Who is off reference, and which limits act there: rep by rep, by role and by region."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Bools, Instance
from optimizer.results.fairness import is_within
from optimizer.results.label_column import label_column, positions_of
from optimizer.results.owner_totals import OwnerTotals

OFF_REFERENCE = ("rep", "region", "team", "role", "reference", "target", "multiple", "limit")
GROUPS = (
    "group", "name", "reps", "reference", "target", "multiple", "within_10", "within_20", "limits",
)  # fmt: skip
OWN_KINDS = ("capacity", "min", "lock", "year", "growth", "effort", "eligibility")
REGION_KINDS = (
    "potential", "region_share", "product_share", "period_share", "share", "lock", "coverage",
)  # fmt: skip
"""Kinds of limits in the order of telling: the rep's own, then those of the rep's region."""

EVERY = "*"
_MOST_KINDS = 3
_DIGITS = 9


def fairness_tables(
    scenario: Scenario, instance: Instance, owners: OwnerTotals, limits: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``off_reference.csv`` and ``fairness.csv``, over all periods together.

    Parameters
    ----------
    scenario : Scenario
    instance : Instance
    owners : OwnerTotals
    limits : DataFrame
        ``limits.csv`` of the same measure.

    Returns
    -------
    off_reference : DataFrame
        One row per rep with target cells (per region in a regional plan), furthest from
        reference first, then by name. `limit` lists the kinds of limits that bind on a cell
        of the rep, ``;`` between: the rep's own first, then those of the region, of regions
        above it and of the company. The goal is not among them.
    groups : DataFrame
        One row per role, where people have one, and per region: sums, multiple of the sums,
        shares of reps near their reference, and the kinds that act on most of its reps.
    """
    acting = _acting(instance, owners, limits)
    reps = pd.DataFrame(
        {
            "rep": owners.rep,
            "region": owners.region,
            "team": owners.team,
            "role": _roles(scenario, owners),
            "reference": owners.reference,
            "target": owners.target,
            "multiple": owners.target / owners.reference,
            "limit": _joined(acting),
        },
        copy=False,
    )
    far = -(reps["multiple"] - 1.0).abs().round(_DIGITS)
    order = np.argsort(far.to_numpy(), kind="stable")
    columns = ["region"] if (reps["role"] == "").all() else ["role", "region"]
    groups = [_groups(reps, acting, column) for column in columns]
    table = reps[list(OFF_REFERENCE)].iloc[order].reset_index(drop=True)
    return table, pd.concat(groups, ignore_index=True)


def _roles(scenario: Scenario, owners: OwnerTotals) -> pd.Categorical:
    people = scenario.table("people")
    if people is None or owners.column != "rep":
        return label_column([""], np.zeros(len(owners.names), dtype=np.int8))
    place = pd.Index(people["rep"]).get_indexer(owners.names)
    number, roles = pd.factorize(people["role"])
    return label_column(roles, number[place])


def _acting(instance: Instance, owners: OwnerTotals, limits: pd.DataFrame) -> dict[str, Bools]:
    """Return for each kind which reps a binding limit of it acts on, in the order of telling."""
    binding = limits.loc[limits["binding"], ["kind", "period", "region", "product", "rep"]]
    is_own = (binding["rep"] != EVERY).to_numpy(dtype=bool)
    own, rows = binding[is_own], binding[~is_own]
    whose = positions_of(own["rep"], owners.names)
    acting = {kind: np.zeros(len(owners.names), dtype=bool) for kind in OWN_KINDS}
    for kind, acts in acting.items():
        acts[whose[(own["kind"] == kind).to_numpy(dtype=bool)]] = True
    for kind in REGION_KINDS:
        covered = _cells(instance, rows[(rows["kind"] == kind).to_numpy(dtype=bool)])
        reached: Bools = np.asarray((owners.cells & covered[owners.row_leaf]).any(axis=2))
        found: Bools = np.asarray((owners.works & reached[owners.row]).any(axis=1))
        acting[kind] = acting[kind] | found if kind in acting else found
    return acting


def _cells(instance: Instance, rows: pd.DataFrame) -> Bools:
    """Return the cells that limits are on, shape (leaf, period, product)."""
    tree = instance.tree
    shape = len(tree.names), len(instance.periods) + 1, len(instance.products) + 1
    slots = np.zeros(shape, dtype=bool)
    # A label that no axis has is -1, the last slot, which stands for every label.
    slots[
        positions_of(rows["region"], pd.Index(tree.names)),
        positions_of(rows["period"], pd.Index(instance.periods)),
        positions_of(rows["product"], pd.Index(instance.products)),
    ] = True
    for nodes in tree.levels[1:]:
        slots[nodes] |= slots[tree.parent[nodes]]
    slots[:, :-1] |= slots[:, -1:]
    slots[:, :, :-1] |= slots[:, :, -1:]
    return slots[tree.leaf_node, :-1, :-1]


def _joined(acting: dict[str, Bools]) -> pd.Categorical:
    """Return the kinds that act on each rep, ``;`` between."""
    kinds = np.array(list(acting), dtype=object)
    number = np.zeros(len(next(iter(acting.values()))), dtype=np.int64)
    for bit, acts in enumerate(acting.values()):
        number += acts.astype(np.int64) << bit
    which, numbers = pd.factorize(number)
    bits = np.arange(len(kinds))
    texts = [";".join(kinds[(one >> bits & 1).astype(bool)]) for one in numbers.tolist()]
    return label_column(texts, which)


def _groups(reps: pd.DataFrame, acting: dict[str, Bools], column: str) -> pd.DataFrame:
    """Return the rows of one group, by name."""
    multiple = reps["multiple"].to_numpy()
    parts = pd.DataFrame({"name": reps[column], "reps": 1})
    parts[["reference", "target"]] = reps[["reference", "target"]]
    for name, distance in (("within_10", 0.1), ("within_20", 0.2)):
        parts[name] = is_within(multiple, distance).astype(float)
    grouped = parts.groupby("name", sort=True, observed=True)
    table = grouped[["reps", "reference", "target"]].sum()
    table["multiple"] = table["target"] / table["reference"]
    table[["within_10", "within_20"]] = grouped[["within_10", "within_20"]].mean()
    marks = pd.DataFrame(acting, index=reps.index)
    counts = marks.groupby(reps[column], sort=True, observed=True).sum()
    order = np.argsort(-counts.to_numpy(dtype=np.int64), axis=1, kind="stable")[:, :_MOST_KINDS]
    most = np.take_along_axis(counts.to_numpy(dtype=np.int64), order, axis=1) > 0
    kinds = np.array(list(acting), dtype=object)[order]
    table["limits"] = [";".join(row[acts]) for row, acts in zip(kinds, most, strict=True)]
    return table.set_index(table.index.astype(object)).reset_index().assign(group=column)[[*GROUPS]]
