"""The recipe of a review: a run and its sales become what went well, what did not, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.domain.labels import product_names, region_parents
from optimizer.domain.nearest import meant
from optimizer.domain.tables import HISTORY, PASSED_THROUGH
from optimizer.errors import InputError
from optimizer.inputs.single import read_single
from optimizer.pacing.columns import columns_of_others
from optimizer.pacing.run import PlannedRun, read_planned
from optimizer.problem.instance import Bools
from optimizer.review.actuals import Known, Sales, column_of, read_sales
from optimizer.review.attainment import attainment_table
from optimizer.review.basis import read_basis
from optimizer.review.before_after import before_after_table
from optimizer.review.book import LEVELS, Book, make_book
from optimizer.review.effects import effects_table
from optimizer.review.expected import power_of, set_to_fail
from optimizer.review.flags import flags_table
from optimizer.review.history import read_history
from optimizer.review.notes import measure_notes, notes_on
from optimizer.review.outliers import Outliers, find_outliers, set_aside
from optimizer.review.past import Past, make_past, with_past
from optimizer.review.previous import read_previous
from optimizer.review.prices import prices_table
from optimizer.review.quality import quality_of
from optimizer.review.review import Review
from optimizer.review.settings import ReviewSettings
from optimizer.review.sold_by import sold_by_table
from optimizer.review.standings import Standings, make_standings
from optimizer.review.streaks import streaks_table
from optimizer.review.units import Unit, unit_of

_CENTS = 2


def review_run(
    run: Path | str,
    actuals: Path | str,
    *,
    previous: Sequence[Path | str] = (),
    history: Path | str | None = None,
    orders: Path | str | None = None,
    change_at: Sequence[str] = (),
    changed: str | None = None,
    measure: str | None = None,
) -> Review:
    """Review the results of a run, and how its targets were set.

    Parameters
    ----------
    run : path
        Run folder of ``plan``.
    actuals : path
        Table of what was sold: period (or date), rep or region, amount, and product; totals or
        order lines. The periods that it has are reviewed.
    previous : sequence of path, optional
        Runs reviewed before, the earliest first; their periods are what was before.
    history : path, optional
        Past sales, in place of the scenario's table ``history``.
    orders : path, optional
        Order lines, where the actuals are totals.
    change_at : sequence of str, optional
        First periods of changes of plan, to compare before with after.
    changed : str, optional
        Who had the change, as ``column=value`` of people; everybody if left out.
    measure : str, optional
        The main one if left out.

    Returns
    -------
    Review
        Nothing is written.

    Raises
    ------
    InputError
        Where the run, a table or an argument is wrong.
    """
    given = _read(Path(run), Path(actuals), measure, history, orders)
    planned, settings = given.planned, given.settings
    outliers = find_outliers(given.book, given.orders, settings)
    aside, too_large = set_aside(given.book, outliers)
    book = replace(given.book, set_aside=aside)
    reviewed = read_previous([Path(folder) for folder in previous], book)
    sold = attainment_table(book)
    past = make_past(book, sold, reviewed, read_history(given.history, book))
    attainment = with_past(sold, past)
    standings = make_standings(book, reviewed, past)
    streaks = streaks_table(standings, settings)
    basis = read_basis(planned, book, attainment)
    failing = set_to_fail(book, basis, settings)
    return Review(
        planned, book, attainment,
        effects=effects_table(book),
        streaks=streaks,
        outliers=outliers,
        quality={
            **quality_of(book, basis, standings),
            "set_up_to_fail": power_of(book, failing),
        },
        failing=failing,
        before_after=_before_after(book, standings, change_at, changed),
        flags=flags_table(book, attainment, streaks, outliers, failing),
        prices=prices_table(book, given.sales),
        sold_by=sold_by_table(book, given.sales),
        notes=_notes(given, past, outliers, too_large),
    )  # fmt: skip


@dataclass(frozen=True)
class _Given:
    """What is read: a run, its sales, orders where they are known, and past sales."""

    planned: PlannedRun
    settings: ReviewSettings
    sales: Sales
    orders: Sales | None
    history: pd.DataFrame | None
    book: Book


def _notes(given: _Given, past: Past, outliers: Outliers, too_large: int) -> tuple[str, ...]:
    planned = given.planned
    return (
        *measure_notes(given.sales, planned.scenario.settings.measure, planned.measures),
        *notes_on(given.book, past, outliers, given.settings, too_large),
    )


def _read(
    run: Path, actuals: Path, measure: str | None, history: Path | str | None,
    orders: Path | str | None,
) -> _Given:  # fmt: skip
    planned = read_planned(run, measure)
    known = _known(planned)
    sales = read_sales(actuals, known, "actuals")
    lines = _orders(sales, orders, known)
    past = _history(planned, history)
    book = make_book(planned, sales, _unit(planned, sales, lines, past))
    settings = ReviewSettings.of(planned.scenario.settings.other.get("review", {}))
    return _Given(planned, settings, sales, lines, past, book)


def _unit(
    planned: PlannedRun, sales: Sales, orders: Sales | None, history: pd.DataFrame | None
) -> Unit:
    """Return the unit of all amounts; history, which is only compared, asks for cents at most."""
    amounts = [planned.targets[name].to_numpy(dtype=float) for name in LEVELS]
    amounts += [sales.amount] if orders is None else [sales.amount, orders.amount]
    if history is not None:
        amounts.append(np.round(history["amount"].to_numpy(dtype=float), _CENTS))
    return unit_of(amounts)


def _known(planned: PlannedRun) -> Known:
    people = planned.scenario.table("people")
    parents = region_parents(planned.scenario)
    home = pd.Series(dtype=object) if people is None else people.set_index("rep")["region"]
    return Known(
        planned.scenario,
        tuple(sorted({*planned.measures, *columns_of_others(planned)})),
        tuple(sorted({*parents} - {*parents.values()})),
        home,
        product_names(planned.scenario),
    )


def _orders(sales: Sales, path: Path | str | None, known: Known) -> Sales | None:
    """Return order lines: a file of their own, or the actuals where they name orders."""
    if path is None:
        return sales if "order" in sales.table.headers else None
    found = read_sales(Path(path), known, "orders")
    if sales.has_products and not found.has_products:
        raise InputError(
            f"--orders {path}: it has no column product, and the actuals have one; add it, so "
            "that an order can be set aside where it was sold"
        )
    return found


def _history(planned: PlannedRun, path: Path | str | None) -> pd.DataFrame | None:
    if path is None:
        return planned.scenario.table("history")
    if not Path(path).is_file():
        raise InputError(f"--history {path}: there is no such file")
    table = read_single(Path(path), HISTORY, planned.measures)
    own = column_of(table, planned.scenario.settings.measure)
    return table.frame.assign(amount=table.numbers(own))


def _before_after(
    book: Book, standings: Standings, change_at: Sequence[str], changed: str | None
) -> pd.DataFrame | None:
    if not change_at:
        if changed is not None:
            raise InputError("--changed says who had a change; say when it was with --change-at")
        return None
    again = {name for name in change_at if list(change_at).count(name) > 1}
    if again:
        raise InputError(f"--change-at {min(again)}: named twice; name each change once")
    if changed is None:
        everybody = np.ones(len(standings.names), dtype=bool)
        return before_after_table(book, standings, change_at, everybody)
    chosen = _chosen(book, changed)
    return before_after_table(book, standings.first(len(chosen)), change_at, chosen)


def _chosen(book: Book, changed: str) -> Bools:
    """Return which of the named seats of a book a text ``column=value`` chooses."""
    column, sign, value = (part.strip() for part in changed.partition("="))
    seats = book.seats
    labels = {name: getattr(seats, name) for name in ("rep", "region", "team", "role")}
    labels |= seats.further
    if not sign:
        raise InputError(f"--changed {changed}: write column=value, as in role=senior")
    if column not in labels:
        remedy = meant(column, list(labels))
        further = f" Columns of your own begin with {PASSED_THROUGH}." if len(seats) else ""
        raise InputError(f"--changed {changed}: people have no such column. {remedy}{further}")
    own = labels[column][seats.names != ""]
    found = np.asarray(own == value, dtype=bool)
    if not found.any():
        known = sorted({str(name) for name in own} - {""})
        raise InputError(
            f"--changed {changed}: nobody who sold or had a target is {value}. "
            f"{meant(value, known)}"
        )
    return found
