"""Checks 12 to 15, of the tables that tell why, each with the file it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pandas as pd

from optimizer.verify.acting import read_limits
from optimizer.verify.check_advice import check_advice
from optimizer.verify.check_explain import check_explain
from optimizer.verify.check_explain_regions import check_explain_regions
from optimizer.verify.check_groups import check_groups
from optimizer.verify.check_off_reference import check_off_reference, read_owners
from optimizer.verify.check_owners import check_commits, check_lock_rows
from optimizer.verify.columns import same
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure
from optimizer.verify.layout import Written
from optimizer.verify.written import Plan

Check = Callable[[pd.DataFrame, str], Iterator[Failure]]


def telling_checks(
    facts: Facts,
    plan: Plan,
    limits: pd.DataFrame,
    tables: Mapping[str, Written],
    status: object,
) -> Iterator[tuple[str, Callable[[], Iterator[Failure]]]]:
    """Yield the checks of the tables that can be read, each with the name of its file.

    Parameters
    ----------
    facts : Facts
    plan : Plan
    limits : DataFrame
        ``limits.csv`` of the measure.
    tables : mapping of stem to Written
        As `read_telling` reads them.
    status : object
        What ``run.json`` says of the measure.
    """
    acting = read_limits(facts, limits)
    locks = limits[same(limits["kind"], "lock")]
    del limits
    owners = read_owners(facts, plan, acting)
    checks: dict[str, Check] = {
        "explain": partial(check_explain, facts, plan, acting),
        "explain_regions": partial(check_explain_regions, facts, plan, acting),
        "advice": partial(check_advice, facts, plan, status),
        "locks": partial(check_lock_rows, facts, locks),
        "commits": partial(check_commits, facts, plan),
        "off_reference": partial(check_off_reference, facts, owners),
        "fairness": partial(check_groups, facts, owners),
    }
    for stem, check in checks.items():
        table = tables[stem].of_measure(facts.terms.measure)
        if table is not None:
            yield tables[stem].file, partial(check, table, tables[stem].file)
