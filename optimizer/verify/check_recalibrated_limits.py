"""Limits of a recalibrated run: the cap, what was sold, capacity, potential, product lists, locks.

What the cap refused is declared in ``not_moved.csv``; a limit that is passed without being
declared there is a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from optimizer.verify.failures import Failure, fault
from optimizer.verify.recalibrated import Recalibrated

CHECK = "recalibration"


def check_caps(run: Recalibrated) -> Iterator[Failure]:
    """Yield targets further from the original than the cap, to the unit."""
    gone = _gone(run)
    declared = _declared(run, "cap")
    for place, target in run.now.items():
        region, rep, product = place
        if rep not in ("", "*") and product != "*":
            continue
        original = run.first.get(place)
        if rep in gone or (original is None and rep not in ("", "*")):
            continue
        if rep in ("", "*") and f"{region}: {product}" in declared:
            continue
        original, before = original or 0.0, run.before.get(place, target)
        most = max((1.0 + run.cap) * original, before) + run.unit * (1.0 - 1e-6)
        least = min((1.0 - run.cap) * original, before) - run.unit * (1.0 - 1e-6)
        if not least - run.give <= target <= most + run.give:
            words = f"moves by more than the cap of {run.cap:.10g}"
            where = f"{run.period}, {region}, {rep}, {product}"
            yield fault(CHECK, "targets.csv", where, words, original, target)


def check_sold(run: Recalibrated) -> Iterator[Failure]:
    """Yield targets that take back what was sold, and people who left with more or less."""
    sold = run.sold.groupby(["region", "rep"], as_index=False)["amount"].sum()
    gone = _gone(run)
    if not run.has_people:
        return
    for region, rep, amount in sold[["region", "rep", "amount"]].itertuples(index=False):
        place = (region, rep, "*")
        target, before = run.now.get(place, 0.0), run.before.get(place, 0.0)
        where = f"{run.period}, {rep}"
        if rep in gone and abs(target - max(amount, 0.0)) > run.unit / 2 + run.weekly_give:
            words = "left, and the target is not what was sold"
            if run.content["recalibration"].get("pace_only") is not True:
                yield fault(CHECK, "targets.csv", where, words, amount, target)
        elif target < min(amount, before) - run.weekly_give and rep not in gone:
            yield fault(CHECK, "targets.csv", where, "is below what was sold", amount, target)


def check_people(run: Recalibrated) -> Iterator[Failure]:
    """Yield targets above a capacity, or of products that a rep does not sell."""
    people = run.inputs.get("people")
    if people is None or not run.has_people:
        return
    known = people.set_index("rep")
    own = run.targets[run.targets["period"] == run.period]
    street = {str(rep): float(amount) for rep, amount in own.groupby("rep")["target"].sum().items()}
    declared = _declared(run, "capacity")
    if "capacity" in known and not ("capacity" in run.inputs or run.has_effort):
        for name, capacity in known["capacity"].dropna().items():
            rep = str(name)
            if street.get(rep, 0.0) > capacity + run.give and rep not in declared:
                words = "carries more than the capacity"
                yield fault(CHECK, "targets.csv", f"{run.period}, {rep}", words, capacity,
                            street[rep])  # fmt: skip
    if "products" not in known:
        return
    for rep, product in own.loc[own["target"] > 0, ["rep", "product"]].itertuples(index=False):
        text = str(known["products"].get(rep, ""))
        if text.strip(" ;") and product not in {name.strip() for name in text.split(";")}:
            yield fault(CHECK, "targets.csv", f"{run.period}, {rep}, {product}",
                        "is of a product that the rep does not sell")  # fmt: skip


def check_potentials(run: Recalibrated) -> Iterator[Failure]:
    """Yield slices with more in them than the market gives."""
    table = run.inputs.get("potential")
    if table is None:
        return
    declared = run.not_moved[run.not_moved["what"] == "potential"]
    for row, each in table.iterrows():
        if each.get("period", "") not in ("", run.period):
            continue
        cells = _slice(run, each)
        usable = each["potential"] * (1.0 - run.terms.potential_buffer)
        placed = float(cells["target"].sum())
        own = float(cells.loc[cells["period"] == run.period, "target"].sum())
        told = (declared["reached"] - own).abs() <= run.rough(own)
        if placed > usable + run.give and not told.any():
            yield fault(CHECK, "rollup.csv", f"potential.csv, row {row}",
                        "more is placed than the market gives", usable, placed)  # fmt: skip


def check_locks(run: Recalibrated) -> Iterator[Failure]:
    """Yield locked targets that are not what they are locked at."""
    table = run.inputs.get("locks")
    if table is None:
        return
    for row, each in table.iterrows():
        if each.get("period", "") not in ("", run.period):
            continue
        rep = each.get("rep", "")
        cells = _slice(run, each, run.targets if rep else None)
        if rep:
            cells = cells[cells["rep"] == rep]
        if abs(cells["target"].sum() - each["amount"]) > run.give:
            yield fault(CHECK, "targets.csv", f"locks.csv, row {row}", "the lock is not kept",
                        each["amount"], cells["target"].sum())  # fmt: skip


def _slice(run: Recalibrated, row: pd.Series, table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the cells that a row of an input table names."""
    cells = run.leaves if table is None else table
    for label in ("period", "product"):
        if row.get(label, ""):
            cells = cells[cells[label] == row[label]]
    if row.get("region", ""):
        cells = cells[cells["region"].isin(run.below.get(row["region"], frozenset()))]
    return cells


def _gone(run: Recalibrated) -> frozenset[str]:
    """Return who has targets and is in the people table no more."""
    people = run.inputs.get("people")
    if people is None:
        return frozenset()
    return frozenset(run.targets["rep"]) - frozenset(people["rep"]) - {""}


def _declared(run: Recalibrated, what: str) -> frozenset[str]:
    return frozenset(run.not_moved.loc[run.not_moved["what"] == what, "where"])


CHECKS: tuple[tuple[str, Callable[[Recalibrated], Iterator[Failure]]], ...] = (
    ("targets.csv", check_caps),
    ("targets.csv", check_sold),
    ("targets.csv", check_people),
    ("rollup.csv", check_potentials),
    ("targets.csv", check_locks),
)
"""Each check of limits with the file it mostly speaks of."""
