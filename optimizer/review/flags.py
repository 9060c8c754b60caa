"""What is worth a word with somebody: streaks, large orders, targets that were set to fail."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from optimizer.review.attainment import ALL
from optimizer.review.book import Book
from optimizer.review.expected import BASES
from optimizer.review.outliers import Outliers

COLUMNS = ("period", "name", "flag", "text")

_STREAKS = {
    "target": "at or above target",
    "top": "among the best",
    "top share": "in the top share",
    "floor": "under the floor",
}
_BASES = {
    "history": "last year's sales",
    "potential": "potential",
    "capacity": "capacity",
}

_NEARLY_ALL = 0.9995
"""From here a ratio would be rounded up to 100 %."""

_NOISE = 1e-12

Flag = tuple[str, str, str, str]
"""Period, seat, kind, text."""


def flags_table(
    book: Book,
    attainment: pd.DataFrame,
    streaks: pd.DataFrame,
    outliers: Outliers,
    failing: pd.DataFrame,
) -> pd.DataFrame:
    """Return all flags, in the order of periods, then of names.

    Parameters
    ----------
    book : Book
    attainment, streaks, failing : DataFrame
        As the review has them.
    outliers : Outliers
    """
    found = [
        *_streaks(streaks),
        *_large_orders(book, attainment, outliers),
        *_failing(failing),
    ]
    order = {name: place for place, name in enumerate(book.periods)}
    found.sort(key=lambda flag: (order[flag[0]], *flag[1:]))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _streaks(streaks: pd.DataFrame) -> Iterator[Flag]:
    told = streaks[streaks["told"]]
    columns = [told[name].tolist() for name in ("period", "name", "kind", "length", "before")]
    for period, name, kind, length, before in zip(*columns, strict=True):
        if length:
            yield period, name, f"streak: {kind}", f"{length} periods running {_STREAKS[kind]}"
        else:
            text = f"no longer {_STREAKS[kind]}, after {before} periods running"
            yield period, name, f"streak ended: {kind}", text


def _large_orders(book: Book, attainment: pd.DataFrame, outliers: Outliers) -> Iterator[Flag]:
    if not len(outliers.table):
        return
    rows = attainment[
        (attainment["dimension"] == book.seats.level)
        & (attainment["product"] == ALL)
        & (attainment["set_aside"] != 0)
        & (attainment["period"] != ALL)
    ]
    names = ("period", "name", "set_aside", "attainment", "attainment_kept")
    for period, name, aside, whole, kept in zip(*(rows[one] for one in names), strict=True):
        text = f"{book.unit.text(int(aside))} are large orders"
        if whole == whole:
            text += f": attainment {percent(kept)} without them, {percent(whole)} with them"
        yield period, name, "large order", text


def _failing(failing: pd.DataFrame) -> Iterator[Flag]:
    for row in failing[failing["actual"] < failing["target"]].to_dict("records"):
        parts = [
            f"asked for {percent(row['target'] / row[name])} of {_BASES[name]}; "
            f"{percent(row[f'{name}_chance'])} of the others sold as much of theirs"
            for name in BASES
            if row[f"{name}_chance"] == row[f"{name}_chance"]
        ]
        yield row["period"], row["name"], "set up to fail", "; ".join(parts)


def percent(value: float) -> str:
    """Return a ratio as a percentage; blank where it is not known.

    What falls short of all is not rounded up to 100 %.
    """
    if value != value:
        return ""
    short = _NEARLY_ALL <= value < 1.0 - _NOISE
    return "99.9 %" if short else f"{100 * value:.1f} %"


def signed(value: float) -> str:
    """Return a ratio as a change in per cent; blank where it is not known."""
    return "" if value != value else f"{100 * value:+.1f} %"
