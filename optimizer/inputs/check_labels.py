"""Rules on names: what one table calls something must be known where it is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from optimizer.domain.calendar import span_of
from optimizer.domain.nearest import meant, nearest
from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.check_keys import NEARLY_DATED
from optimizer.inputs.findings import Typed
from optimizer.inputs.vectors import is_among, rises

OF_THE_PLAN = ("periods", "capacity", "shares", "potential", "locks", "metrics")
"""Tables whose periods must be the scenario's; others may hold past ones."""

METRICS = "metrics"
"""What past periods tell of attainments and scores stands in this table too."""

PAST = ("history", "weekly")
WITH_REGION = ("people", "history", "weekly", "shares", "potential", "locks", "activity")
WITH_PRODUCT = ("history", "shares", "potential", "locks")
WITH_REP = ("capacity", "locks", "metrics", "pool_members", "activity")
ALIKE = 0.8
"""From this likeness on two names may be meant to be one."""

Rule = Callable[[Case], Iterator[Finding]]


def rows_once(case: Case) -> Iterator[Finding]:
    """Check that no two rows of a table have the same key."""
    for table in case.tables.values():
        key = list(table.table.key)
        if not key or rises(table.frame, key):
            continue
        again = table.frame.duplicated(key)
        for column in table.table.columns:
            if column.name in key and column.required:
                again &= table.text(column.name) != ""
        if again.any():
            rows = table.frame.assign(row=table.frame.index)
            first = rows.groupby(key, sort=False)["row"].transform("min")
            yield from _repeated(table, key, again, first)


def _repeated(
    table: Typed, key: list[str], again: pd.Series[bool], first: pd.Series[int]
) -> list[Finding]:
    """Return findings for rows that repeat the key of an earlier one."""

    def problem(position: int) -> str:
        names = [str(table.text(name).iloc[position]) or "(all)" for name in key]
        return f"{', '.join(names)} stands in row {first.iloc[position]} too"

    remedy = "Keep one of the rows."
    return table.listed(again.to_numpy(dtype=bool), key[0], problem, remedy)


def names_usable(case: Case) -> Iterator[Finding]:
    """Check that no name is `*`, which stands for all, and no product holds the list sign."""
    for table in case.tables.values():
        for name in ("rep", "region", "parent", "team", "product", "period"):
            if table.table.column(name) is None:
                continue
            star = (table.text(name) == "*").to_numpy(dtype=bool)
            problem = "the name * stands for all and cannot be used here"
            yield from table.listed(star, name, problem, "Leave the cell blank for all.")
    products = case.tables.get("products")
    if products is not None:
        split = products.text("product").str.contains(";", regex=False).to_numpy(dtype=bool)
        problem = "the name holds a ; which separates products in lists"
        yield from products.listed(split, "product", problem, "Rename the product.")


def periods_known(case: Case) -> Iterator[Finding]:
    """Check that tables of the plan name its periods, and past ones sensible labels."""
    for name in OF_THE_PLAN if case.periods else ():
        if name in case.tables:
            own = case.tables[name]
            known = [*case.periods, *(_before(own, case.periods) if name == METRICS else ())]
            yield from _unknown(own, "period", known, "period of the plan", case.periods)
    for name in PAST:
        table = case.tables.get(name)
        if table is None:
            continue
        strange = [
            label
            for label in table.text("period").unique()
            if NEARLY_DATED.fullmatch(label) and span_of(label) is None
        ]
        rows = table.text("period").isin(strange).to_numpy(dtype=bool)
        problem = "the label looks like a date but is none"
        yield from table.listed(rows, "period", problem, "Write 2024, 2024H1, 2024Q1 or 2024-01.")


def _before(table: Typed, periods: Sequence[str]) -> Iterator[str]:
    """Yield the dated labels of a table that are over before the plan begins."""
    first = span_of(periods[0])
    for label in table.text("period").unique() if first is not None else ():
        span = span_of(label)
        if first is not None and span is not None and span.first + span.months <= first.first:
            yield label


def regions_known(case: Case) -> Iterator[Finding]:
    """Check that regions are those of the regions table, or close to none of the people's."""
    if "regions" in case.unread:
        return
    regions, people = case.tables.get("regions"), case.tables.get("people")
    for name in WITH_REGION:
        table = case.tables.get(name)
        if table is None:
            continue
        if regions is not None and len(regions.frame):
            known = regions.text("region").tolist()
            yield from _unknown(table, "region", known, "region of the regions table")
        elif regions is None and people is not None and table is not people:
            yield from _nearly(table, "region", people.text("region").unique().tolist())


def products_known(case: Case) -> Iterator[Finding]:
    """Check that products are those of the products table, or close to none the people sell."""
    products, people = case.tables.get("products"), case.tables.get("people")
    if "products" in case.unread or (products is not None and not len(products.frame)):
        return
    sold = _sold(people) if people is not None else {}
    known = products.text("product").tolist() if products is not None else []
    for name in WITH_PRODUCT:
        table = case.tables.get(name)
        if table is None:
            continue
        if products is not None:
            yield from _unknown(table, "product", known, "product of the products table")
        else:
            every = {product for listed in sold.values() for product in listed}
            yield from _nearly(table, "product", sorted(every))
    if people is not None and products is not None:
        strange = {
            listed: [product for product in each if product not in set(known)]
            for listed, each in sold.items()
        }
        rows = people.text("products").map(strange).astype(bool).to_numpy(dtype=bool)

        def problem(position: int) -> str:
            unknown = strange[people.text("products").iloc[position]]
            return f"{unknown[0]} is no product of the products table"

        yield from people.listed(
            rows,
            "products",
            problem,
            lambda position: meant(strange[people.text("products").iloc[position]][0], known),
        )


def _sold(people: Typed) -> dict[str, list[str]]:
    """Return each different list of products, split."""
    return {
        listed: [product for product in listed.split(";") if product]
        for listed in people.text("products").unique()
    }


def reps_known(case: Case) -> Iterator[Finding]:
    """Check that tables about reps name those of people."""
    if "people" in case.unread:
        return
    people = case.tables.get("people")
    known = people.text("rep") if people is not None else pd.Series([], dtype="str")
    for name in WITH_REP:
        table = case.tables.get(name)
        if table is not None:
            yield from _unknown(table, "rep", known, "rep of the people table")


def _unknown(
    table: Typed,
    column: str,
    known: Sequence[str] | pd.Series[str],
    what: str,
    offered: Sequence[str] | None = None,
) -> Iterator[Finding]:
    """Yield findings for names that are filled in and not known; one of `offered` may be meant."""
    text = table.text(column)
    rows = (text != "").to_numpy(dtype=bool) & ~is_among(text, known)
    if rows.any():
        names = list(known if offered is None else offered)
        yield from table.listed(
            rows,
            column,
            f"this is no {what}",
            lambda position: meant(str(text.iloc[position]), names),
        )


def _nearly(table: Typed, column: str, known: list[str]) -> Iterator[Finding]:
    """Yield a note for each name that is nearly a known one; it may be meant to be that."""
    if not known:
        return
    text = table.text(column)
    strange = pd.unique(text[(text != "").to_numpy(dtype=bool) & ~is_among(text, known)])
    for name in strange:
        match = nearest(str(name), known, ALIKE)
        if match is not None:
            row = int(text.index[(text == name).to_numpy()][0])
            problem = f"nobody in people has this {column}, but {match} is nearly the same"
            remedy = f"Write {match} if that is meant."
            yield table.finding(row, column, str(name), problem, remedy, "note")


RULES: tuple[Rule, ...] = (
    rows_once,
    names_usable,
    periods_known,
    regions_known,
    products_known,
    reps_known,
)
