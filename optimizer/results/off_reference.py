"""Who is off reference, and which limits act there: rep by rep, by role and by region."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.domain.labels import region_parents
from optimizer.domain.scenario import Scenario
from optimizer.results.fairness import is_within
from optimizer.results.label_column import label_column, positions_of

Bools = npt.NDArray[np.bool_]

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
    scenario: Scenario, targets: pd.DataFrame, limits: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``off_reference.csv`` and ``fairness.csv``, over all periods together.

    Parameters
    ----------
    targets, limits : DataFrame
        ``targets.csv`` and ``limits.csv`` of one measure.

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
    owner = "rep" if (targets["rep"] != "").any() else "region"
    reps = _reps(scenario, targets, owner)
    acting = _acting(scenario, targets, limits, reps, owner)
    reps["limit"] = _joined(acting)
    far = -(reps["multiple"] - 1.0).abs().round(_DIGITS)
    order = np.argsort(far.to_numpy(), kind="stable")
    columns = ["region"] if (reps["role"] == "").all() else ["role", "region"]
    groups = [_groups(reps, acting, column) for column in columns]
    table = reps[list(OFF_REFERENCE)].iloc[order].reset_index(drop=True)
    return table, pd.concat(groups, ignore_index=True)


def _reps(scenario: Scenario, targets: pd.DataFrame, owner: str) -> pd.DataFrame:
    """Return the totals of each rep (region in a regional plan), by name."""
    table = targets.groupby(owner, sort=True, observed=True)[["reference", "target"]].sum()
    table = table.set_index(table.index.astype(object)).reset_index()
    first = targets.drop_duplicates(owner)
    first = first.set_index(first[owner].astype(object)).loc[table[owner]]
    for name in ("rep", "region", "team"):
        table[name] = first[name].to_numpy(dtype=object)
    people = scenario.table("people")
    table["role"] = np.full(len(table), "", dtype=object)
    if people is not None:
        role = people.set_index(people["rep"].astype(object))["role"]
        table["role"] = role.reindex(table["rep"], fill_value="").to_numpy(dtype=object)
    table["multiple"] = table["target"] / table["reference"].where(table["reference"] > 0)
    return table


def _acting(
    scenario: Scenario, targets: pd.DataFrame, limits: pd.DataFrame, reps: pd.DataFrame, owner: str
) -> dict[str, Bools]:
    """Return for each kind which reps a binding limit of it acts on, in the order of telling."""
    names = pd.Index(reps[owner])
    binding = limits[limits["binding"]]
    own = binding[binding["rep"] != EVERY]
    whose = positions_of(own["rep"], names)
    acting = {
        kind: np.isin(np.arange(len(reps)), whose[(own["kind"] == kind).to_numpy()])
        for kind in OWN_KINDS
    }
    periods, products = (pd.Index(sorted(targets[name].unique())) for name in ("period", "product"))
    leaf, leaves = pd.factorize(reps["region"], sort=True)
    sells = np.zeros((len(reps), len(periods), len(products)), dtype=bool)
    sells[
        positions_of(targets[owner], names),
        positions_of(targets["period"], periods),
        positions_of(targets["product"], products),
    ] = True
    rows = binding.loc[binding["rep"] == EVERY, ["kind", "period", "region", "product"]]
    rows = rows.astype(object).merge(_covered(scenario, leaves), on="region")
    for kind in REGION_KINDS:
        covered = _cells(rows[rows["kind"] == kind], len(leaves), periods, products)
        reached = (sells & covered[leaf]).any(axis=(1, 2))
        acting[kind] = acting.get(kind, np.zeros(len(reps), dtype=bool)) | reached
    return acting


def _covered(scenario: Scenario, leaves: pd.Index) -> pd.DataFrame:
    """Return which leaves, by number, lie in each region; ``*`` has them all."""
    parents = region_parents(scenario)
    pairs = []
    for number, leaf in enumerate(map(str, leaves)):
        region = leaf
        while region:
            pairs.append((region, number))
            region = parents.get(region, "")
        pairs.append((EVERY, number))
    return pd.DataFrame(pairs, columns=["region", "leaf"])


def _cells(rows: pd.DataFrame, leaves: int, periods: pd.Index, products: pd.Index) -> Bools:
    """Return the cells that limits are on, shape (leaf, period, product)."""
    shape = leaves, len(periods), len(products)
    slots = np.zeros((leaves, shape[1] + 1, shape[2] + 1), dtype=bool)
    known = [rows["period"].isin([*periods, EVERY]), rows["product"].isin([*products, EVERY])]
    rows = rows[known[0] & known[1]]
    # A label that no axis has is -1, the last slot, which stands for every label.
    slots[
        rows["leaf"].to_numpy(dtype=np.int64),
        periods.get_indexer(pd.Index(rows["period"])),
        products.get_indexer(pd.Index(rows["product"])),
    ] = True
    slots[:, :-1] |= slots[:, -1:]
    slots[:, :, :-1] |= slots[:, :, -1:]
    return slots[:, :-1, :-1]


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
    multiple = reps["multiple"]
    parts = pd.DataFrame({"name": reps[column], "reps": 1})
    parts[["reference", "target"]] = reps[["reference", "target"]]
    for name, distance in (("within_10", 0.1), ("within_20", 0.2)):
        parts[name] = is_within(multiple, distance).astype(float).where(multiple.notna())
    grouped = parts.groupby("name", sort=True)
    table = grouped[["reps", "reference", "target"]].sum()
    table["multiple"] = table["target"] / table["reference"].where(table["reference"] > 0)
    table[["within_10", "within_20"]] = grouped[["within_10", "within_20"]].mean()
    counts = pd.DataFrame(acting, index=reps.index).groupby(reps[column], sort=True).sum()
    order = np.argsort(-counts.to_numpy(dtype=np.int64), axis=1, kind="stable")[:, :_MOST_KINDS]
    most = np.take_along_axis(counts.to_numpy(dtype=np.int64), order, axis=1) > 0
    kinds = np.array(list(acting), dtype=object)[order]
    table["limits"] = [";".join(row[acts]) for row, acts in zip(kinds, most, strict=True)]
    return table.reset_index().assign(group=column)[list(GROUPS)]
