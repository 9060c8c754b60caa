"""Plans written down by hand, all amounts a thousandth part: no check may count on amounts above 1.

The part is a power of two, so that every amount and sum is the same but for its size.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pandas as pd
from verify_plans import Draft

from optimizer.verify.facts import Facts
from optimizer.verify.written import AMOUNTS, MARGINS

PART = 2.0**-10
OF_CREW = ("low", "high", "raw_high", "exact_high", "commit")
OF_YEARS = ("least", "most", "grown", "unit")


def small(draft: Draft) -> Draft:
    """Return a plan with all amounts, and the unit, a 1,024th part."""
    columns = {"targets": AMOUNTS, "rollup": MARGINS}
    tables = {name: parted(getattr(draft, name), *columns[name]) for name in columns}
    return Draft(small_facts(draft.facts), tables["targets"], tables["rollup"])


def parted(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a table with some columns a 1,024th part."""
    return frame.assign(**{name: frame[name] * PART for name in columns})


def small_facts(facts: Facts) -> Facts:
    """Return facts with all amounts, and the unit, a 1,024th part."""
    levels = ("goal", "floor_goal", "stretch_goal")
    return replace(
        facts,
        terms=replace(facts.terms, rounding=facts.terms.rounding * PART),
        markets=_part(facts.markets, "given", "exact", "usable"),
        locks=tuple(_part(lock, "amount") for lock in facts.locks),
        crew=facts.crew and _part(facts.crew, *OF_CREW),
        reference=_part(facts.reference, "ask"),
        targets=None if facts.targets is None else facts.targets * PART,
        past=facts.past and _part(facts.past, "amount"),
        years=facts.years and _part(facts.years, *OF_YEARS),
        **{name: getattr(facts, name) * PART for name in levels},
    )


def _part(some: Any, *names: str) -> Any:
    assert set(names) <= {one.name for one in fields(some)}
    return replace(some, **{name: getattr(some, name) * PART for name in names})
