"""Which products and regions a scenario has, whether a table lists them or not."""

from __future__ import annotations

from optimizer.domain.scenario import Scenario

EVERYTHING = "all"
"""Name of the single product or region of a scenario that names none."""


def product_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the products by name: those of their table, else all that any table names."""
    table = scenario.table("products")
    if table is not None:
        return tuple(sorted(table["product"]))
    found = _labels_in_use(scenario, "product", ("history", "potential", "shares", "locks"))
    people = scenario.table("people")
    if people is not None:
        for names in people["products"].unique():
            found.update(name.strip() for name in str(names).split(";") if name.strip())
    return tuple(sorted(found)) or (EVERYTHING,)


def region_parents(scenario: Scenario) -> dict[str, str]:
    """Return each region with the region above it, ``""`` for the company."""
    table = scenario.table("regions")
    if table is not None:
        return {
            str(region): str(parent)
            for region, parent in zip(table["region"], table["parent"], strict=True)
        }
    tables = ("people", "history", "potential", "shares", "locks")
    parent_of = dict.fromkeys(sorted(_labels_in_use(scenario, "region", tables)), "")
    return parent_of or {EVERYTHING: ""}


def _labels_in_use(scenario: Scenario, column: str, tables: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    for name in tables:
        table = scenario.table(name)
        if table is not None and column in table:
            found.update(str(label) for label in table[column].unique())
    return found - {""}
