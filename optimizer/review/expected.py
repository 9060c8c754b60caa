"""Who was set up to fail: targets that hardly anybody's sales would have reached.

A target is held against what was known before the period: the seat's sales of a year before and
its part of the potential; where neither is known, its capacity. Target / base is what was asked.
What could be done is actual / base of the others, over the company's attainment, so that a bad
year for all is nobody's. The part of the others who did what was asked is the chance.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats
from optimizer.review.attainment import ratio
from optimizer.review.book import Book
from optimizer.review.settings import ReviewSettings

BASES = ("history", "potential", "capacity")


def chance(asked: Floats, reached: Floats, least: int) -> Floats:
    """Return the part of the others who reached what each was asked for.

    Parameters
    ----------
    asked, reached : (seat,) floats
        Target and actual over one base; NaN where it is unknown.
    least : int
        Others that it takes to judge.

    Returns
    -------
    (seat,) floats
        NaN where nothing was asked or too few others are known.
    """
    known = np.isfinite(asked) & np.isfinite(reached)
    found = np.full(len(asked), np.nan)
    if known.sum() <= least:
        return found
    ordered = np.sort(reached[known])
    above = len(ordered) - np.searchsorted(ordered, asked[known], side="left")
    others = above - (reached[known] >= asked[known])
    found[known] = others / (len(ordered) - 1)
    return found


def chances(book: Book, basis: Mapping[str, Floats], settings: ReviewSettings) -> dict[str, Floats]:
    """Return the chance of every target by base, (period, seat) floats each."""
    target, actual = (values.sum(axis=2).astype(float) for values in (book.target, book.actual))
    company = ratio(actual.sum(axis=1), target.sum(axis=1))[:, None]
    actual = np.divide(actual, company, out=actual.copy(), where=company > 0)
    found = {}
    for name in BASES:
        base = basis[name]
        asked, reached = (
            ratio(values.reshape(-1), base.reshape(-1)).reshape(base.shape)
            for values in (target, actual)
        )
        asked[target <= 0] = np.nan
        rows = [chance(*row, settings.colleagues) for row in zip(asked, reached, strict=True)]
        found[name] = np.array(rows)
    return found


def set_to_fail(book: Book, basis: Mapping[str, Floats], settings: ReviewSettings) -> pd.DataFrame:
    """Return the targets whose chance was below `settings.chance` by every base that is known.

    Returns
    -------
    DataFrame
        Columns period, name, region, team; counts target and actual; attainment; each base
        (counts) and its chance, blank where it was not judged.
    """
    found = chances(book, basis, settings)
    market = np.isfinite(found["history"]) | np.isfinite(found["potential"])
    found["capacity"] = np.where(market, np.nan, found["capacity"])
    stacked = np.array([found[name] for name in BASES])
    told = np.isfinite(stacked).any(axis=0) & (book.seats.names != "")
    bad = told & (np.where(np.isnan(stacked), 0.0, stacked) < settings.chance).all(axis=0)
    period, seat = np.nonzero(bad)
    target, actual = (values.sum(axis=2)[period, seat] for values in (book.target, book.actual))
    table = pd.DataFrame(
        {
            "period": np.array(book.periods, dtype=object)[period],
            "name": book.seats.names[seat],
            "region": book.seats.region[seat],
            "team": book.seats.team[seat],
            "target": target,
            "actual": actual,
            "attainment": ratio(actual, target),
        }
    )
    for name in BASES:
        table[name] = np.rint(basis[name][period, seat])
        table[f"{name}_chance"] = found[name][period, seat]
    return table


def power_of(book: Book, failing: pd.DataFrame) -> dict[str, int | float | None]:
    """Return how the rule did: how many of those it names missed their target, and of the others.

    Parameters
    ----------
    book : Book
    failing : DataFrame
        See `set_to_fail`.
    """
    target, actual = (values.sum(axis=2) for values in (book.target, book.actual))
    works = (target > 0) & (book.seats.names != "")
    others = int(works.sum()) - len(failing)
    missed = int((failing["actual"] < failing["target"]).sum())
    all_missed = int((works & (actual < target)).sum())
    return {
        "named": len(failing),
        "missed": missed / len(failing) if len(failing) else None,
        "others": others,
        "others_missed": (all_missed - missed) / others if others else None,
    }
