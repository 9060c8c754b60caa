"""Who works where, sells what, and carries how much in a year, changed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optimizer.change.rows import people_of
from optimizer.change.tables import ALL, appended, check_label, put, with_table
from optimizer.domain.labels import product_names, region_parents
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.edited import FIGURES, PEOPLE, PRODUCTS, refuse, typed_values

YEAR_LIMITS = ("min_total", "max_total", "max_growth")


def set_products(scenario: Scenario, rep: str, products: Sequence[str]) -> Scenario:
    """Set what a rep sells; no products means all.

    Parameters
    ----------
    scenario : Scenario
    rep : str
    products : sequence of str
        Or one text with ``;`` between them, as in the table.

    Raises
    ------
    InputError
        For an unknown rep or product, or where a lock on the rep names another product.
    """
    people = people_of(scenario, rep)
    listed = _listed(scenario, products)
    own = people["rep"] == rep
    people = put(people, own, {"products": listed})
    changed = with_table(scenario, "people", people)
    tables = {"people": people[own], "locks": scenario.table("locks")}
    refuse(changed, f"the products of {rep}", PRODUCTS, tables)
    return changed


def _listed(scenario: Scenario, products: Sequence[str]) -> str:
    """Return products as the table of people lists them; all must be known."""
    if not isinstance(products, Iterable):
        raise InputError(f"the products are {products!r}, and must be a list of names")
    parts = re.split("[;；]", products) if isinstance(products, str) else list(products)
    names = [part.strip() if isinstance(part, str) else part for part in parts]
    known = product_names(scenario)
    for name in names:
        if name != "":
            check_label("product", name, known)
    return ";".join(dict.fromkeys(filter(None, names)))


def set_year_limits(scenario: Scenario, rep: str, **limits: float | None) -> Scenario:
    """Set the limits of a rep's target over all periods together.

    Parameters
    ----------
    scenario : Scenario
    rep : str
    **limits
        ``min_total``, ``max_total`` or ``max_growth`` as in `people`; None is no limit, what
        is left out stays.

    Raises
    ------
    InputError
        For an unknown rep or limit, or limits that do not go together.
    """
    people = people_of(scenario, rep)
    what = f"the limits of {rep} over all periods"
    for name in limits:
        check_label("limit over all periods", name, YEAR_LIMITS)
    given = {"rep": rep, "region": people["region"].iloc[0], **limits}
    values = typed_values(scenario, "people", what, given)
    own = people["rep"] == rep
    changed = put(people, own, {name: values.get(name, math.nan) for name in limits})
    refuse(scenario, what, FIGURES, {"people": changed[own]})
    return with_table(scenario, "people", changed)


def add_rep(scenario: Scenario, rep: str, region: str, **columns: Any) -> Scenario:
    """Add a rep, or an open position.

    Parameters
    ----------
    scenario : Scenario
    rep : str
        A new name.
    region : str
        A leaf of the region tree.
    **columns
        Further columns of `people`, written as in a file or as Python has them; ``products``
        as a list or a text with ``;``. Columns of one's own begin with ``x_``.

    Raises
    ------
    InputError
        For a row that the loader would refuse, or where the plan is regional: a first rep
        would leave all other regions without people.
    """
    people = scenario.table("people")
    if people is None:
        raise InputError(
            "the plan is regional: with a first rep every other region would have nobody to "
            "carry its target. Add a table of people to the scenario instead"
        )
    row = _new_row(scenario, rep, region, columns)
    name, team = row["rep"], row.get("team")
    if name == ALL:
        raise InputError(f"a new rep needs a name, and {ALL} stands for all")
    if (people["rep"] == name).any():
        raise InputError(f"a new rep needs a new name, and there is a rep {name} already")
    every = appended("people", people, row)
    changed = with_table(scenario, "people", every)
    beside = every["rep"] == name
    if team is not None:
        beside |= every["team"] == team
    tables = {"people": every[beside], "periods": scenario.table("periods")}
    refuse(changed, f"the new rep {name}", PEOPLE, tables)
    return changed


def _new_row(
    scenario: Scenario, rep: str, region: str, columns: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the row of a new rep, whose region and products must be known."""
    parents = region_parents(scenario)
    check_label("region", region, tuple(parents))
    if region in parents.values():
        raise InputError(f"people sit on the lowest regions, and {region} has regions below it")
    values = {"rep": rep, "region": region, **columns}
    if values.get("products") is not None:
        values["products"] = _listed(scenario, values["products"])
    return typed_values(scenario, "people", f"the new rep {str(rep or '').strip()}".strip(), values)
