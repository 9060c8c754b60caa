"""What was sold so far, week by week, held against the seats of a plan."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.domain.tables import ACTUALS
from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import Typed
from optimizer.inputs.normalise import canonical
from optimizer.inputs.settings import MAIN
from optimizer.inputs.single import read_single
from optimizer.pacing.seats import Seats
from optimizer.problem.instance import Floats, Ints

_WEEK = re.compile(r"(?:(?P<period>.*\S)\s*[Ww])?(?P<week>\d{1,2})$")


@dataclass(frozen=True)
class Actuals:
    """Sales of the seats of one period up to a week.

    Attributes
    ----------
    done : int
        Weeks sold.
    sold : (seat, week) floats
        Of each week, the first `done`.
    sold_of : (seat, product, week) floats or None
        The same by product, where the table has products.
    unreported : tuple of str
        Seats with a target but no row so far, which count as 0.
    """

    done: int
    sold: Floats
    sold_of: Floats | None
    unreported: tuple[str, ...] = ()

    @property
    def so_far(self) -> Floats:
        """Cumulative sales, (seat, week) floats."""
        return np.cumsum(self.sold, axis=1)


def parse_week(text: str, periods: Sequence[str]) -> tuple[str, int]:
    """Return period and week of a text such as ``2024Q1W06``, or ``6`` in a plan of one period.

    Raises
    ------
    InputError
        Where it is neither.
    """
    found = _WEEK.fullmatch(text.strip())
    if found is None:
        raise InputError(f"--as-of {text}: write a week such as {periods[0]}W06")
    period, week = found["period"], int(found["week"])
    if period is None and len(periods) > 1:
        raise InputError(
            f"--as-of {text}: the plan has {len(periods)} periods; write {periods[0]}W{week:02}"
        )
    period = period or periods[0]
    if period not in periods:
        raise InputError(f"--as-of {text}: the plan has no period {period}. "
                         f"{meant(period, list(periods))}")  # fmt: skip
    return period, week


def read_actuals(
    path: Path, seats: Seats, done: int, measure: str = MAIN, measures: Collection[str] = ()
) -> Actuals:
    """Read actuals and lay them on the seats of a period.

    Parameters
    ----------
    path : Path
        CSV or Parquet; other periods and later weeks are left out.
    seats : Seats
    done : int
        The week to stand at the end of; the table must cover every week up to it.
    measure : str
        Whose sales to read: the column of its name, ``amount`` where there is none.
    measures : collection of str
        What may have a column: all measures of the plan, and what other commands read.

    Raises
    ------
    InputError
        With everything that is wrong, file, row and column.
    """
    check_week(seats, done)
    return laid_on_seats(read_sales(path, measures), seats, done, measure)


def check_week(seats: Seats, done: int) -> None:
    """Refuse a week that a period does not have.

    Raises
    ------
    InputError
    """
    if not 1 <= done <= seats.weeks:
        raise InputError(f"week {done}: period {seats.period} has weeks 1 to {seats.weeks}")


def read_sales(path: Path, measures: Collection[str]) -> Typed:
    """Read a table of actuals, in which each of `measures` may have a column of its own.

    Raises
    ------
    InputError
        With everything that is wrong by itself.
    """
    if not path.is_file():
        raise InputError(f"--actuals {path}: there is no such file")
    return read_single(path, ACTUALS, measures)


def has_sales(table: Typed, measure: str) -> bool:
    """Tell whether a table of actuals has a column of a measure's own."""
    return canonical(measure) in table.headers


def laid_on_seats(table: Typed, seats: Seats, done: int, measure: str) -> Actuals:
    """Return the sales of a measure as those of the seats of a period; blank is 0.

    Raises
    ------
    InputError
        Where they do not fit the plan.
    """
    own = (table.text("period") == seats.period).to_numpy(dtype=bool)
    found = _unknown(table, own, seats)
    if found:
        raise InputError(found)
    chosen = own & (table.numbers("week") <= done)
    _must_cover(table, chosen, seats, done)
    rows = table.frame[chosen]
    seat, week = _seat_of(rows, seats), rows["week"].to_numpy(dtype=np.int64) - 1
    column = canonical(measure) if has_sales(table, measure) else MAIN
    amount = np.nan_to_num(rows[column].to_numpy(dtype=float))
    sold = np.zeros((len(seats), done))
    np.add.at(sold, (seat, week), amount)
    absent = np.setdiff1d(np.flatnonzero(seats.target > 0), seat)
    unreported = tuple(str(name) for name in np.asarray(seats.names)[absent])
    if "product" not in table.headers:
        return Actuals(done, sold, None, unreported)
    product = pd.Index(seats.products).get_indexer(pd.Index(rows["product"]))
    sold_of = np.zeros((len(seats), len(seats.products), done))
    np.add.at(sold_of, (seat, product, week), amount)
    return Actuals(done, sold, sold_of, unreported)


def _seat_of(rows: pd.DataFrame, seats: Seats) -> Ints:
    column = "region" if (seats.rep == "").all() else "rep"
    return np.asarray(pd.Index(seats.names).get_indexer(pd.Index(rows[column])))


def _unknown(table: Typed, own: np.ndarray, seats: Seats) -> list[Finding]:
    """Find rows of the period whose seat, week or product the plan does not have."""
    column = "region" if (seats.rep == "").all() else "rep"
    known = [str(name) for name in seats.names]
    names = table.text(column)
    strange = own & ~names.isin(known).to_numpy(dtype=bool)
    found = table.listed(
        strange,
        column,
        f"the plan of {seats.period} has no such {column}",
        lambda row: meant(str(names.iloc[row]), known),
    )
    late = own & (table.numbers("week") > seats.weeks)
    remedy = f"Weeks run from 1 to {seats.weeks}."
    found += table.listed(late, "week", "the period has no such week", remedy)
    if "product" in table.headers:
        products = table.text("product")
        strange = own & ~products.isin(seats.products).to_numpy(dtype=bool)
        found += table.listed(
            strange,
            "product",
            "the plan has no such product",
            lambda row: meant(str(products.iloc[row]), list(seats.products)),
        )
    return found


def _must_cover(table: Typed, chosen: np.ndarray, seats: Seats, done: int) -> None:
    present = set(table.frame.loc[chosen, "week"].astype(int))
    missing = [week for week in range(1, done + 1) if week not in present]
    if missing:
        shown = ", ".join(map(str, missing[:10]))
        problem = f"period {seats.period} has no sales in week {shown}"
        remedy = f"Add rows for every week up to {done} (0 where nothing was sold)."
        raise InputError([Finding(table.source, 0, "week", "", problem, remedy)])
