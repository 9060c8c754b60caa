"""What a review found, in sentences: targets, orders, streaks, a change before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.pay.exact import named
from optimizer.results.text_table import render_table
from optimizer.review.attainment import ALL
from optimizer.review.before_after import CAUTION
from optimizer.review.flags import percent, signed
from optimizer.review.review import Review

_MOST = 10

_TELLS = {
    "potential": ("Those with more potential", "potential is given too little weight",
                  "potential is given too much weight"),
    "history": ("Those who sold more a year ago", "history is given too little weight",
                "history is given too much weight"),
    "size": ("Those with larger targets", "small targets are hard", "large targets are hard"),
    "tenure": ("Those longer at work", "newcomers are asked too much",
               "newcomers are asked too little"),
    "asked": ("Those who were asked for more growth", "growth was asked where it could be had",
              "growth was asked where it could not be had"),
}  # fmt: skip
"""Factor → who; what it may mean where they attain more, and where they attain less."""


def render_findings(review: Review) -> Iterator[str]:
    """Yield the findings of a review, a paragraph each."""
    yield "\n".join(_targets(review))
    yield _failing(review)
    yield _orders(review)
    yield from _streaks(review)
    yield _before_after(review)
    yield _prices(review)
    yield from _sold_by(review)


def _targets(review: Review) -> Iterator[str]:
    one = review.quality["periods"][-1]
    if one["seats"] and "mean" in one:
        yield (
            f"Targets: {percent(one['at_target'])} of {one['seats']} at target, "
            f"{percent(one['at_floor'])} at floor; attainment {percent(one['p10'])} to "
            f"{percent(one['p90'])} (p10 to p90), median {percent(one['median'])}."
        )
        yield from _correlations(one["correlation"])
    found = review.quality["calibration"]
    above = found["targets_above_sales"]
    if above is not None:
        side = "above" if above >= 0 else "below"
        yield (
            f"Over {_periods(found['periods'])} people attained {percent(found['attainment'])}: "
            f"targets stand {percent(abs(above))} {side} what was sold."
        )


def _periods(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _correlations(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what attainment goes with, where the interval leaves no doubt of the side."""
    for name, (who, more, less) in _TELLS.items():
        one = found[name]
        if one is None or one["low"] <= 0 <= one["high"]:
            continue
        side, meaning = ("more", more) if one["rho"] > 0 else ("less", less)
        yield (
            f"{who} attain {side} (rank correlation {one['rho']:+.2f}, {one['low']:+.2f} to "
            f"{one['high']:+.2f}): perhaps {meaning}."
        )


def _failing(review: Review) -> str:
    found = review.quality["set_up_to_fail"]
    if not found["named"]:
        return ""
    flags = review.flags[review.flags["flag"] == "set up to fail"]
    first = flags[["period", "name", "text"]].head(_MOST)
    rows = [[str(cell) for cell in row] for row in first.to_numpy().tolist()]
    parts = [render_table(["set up to fail", "name", ""], rows, 0)] if rows else []
    more = len(flags) - len(rows)
    parts += [f"… {more} more in flags.csv"] if more else []
    text = (
        f"Set up to fail by the rule: {found['named']} of {found['named'] + found['others']} "
        f"targets. {percent(found['missed'])} of them were missed"
    )
    text += " (those above)" if rows else ""
    if found["others"]:
        text += f", and {percent(found['others_missed'])} of the others"
        if found["missed"] <= found["others_missed"]:
            text += ": no more of those named than of the others, so the rule tells little here"
    return "\n".join([*parts, f"{text}."])


def _orders(review: Review) -> str:
    table, unit = review.outliers.table, review.book.unit
    if not len(table):
        return ""
    rows = [
        [
            row["period"],
            row["order"] or f"row {row['row']}",
            row["rep"] or row["region"],
            row["product"],
            unit.text(int(row["amount"])),
            f"{row['limit'] / 10.0**unit.decimals:,.{unit.decimals}f}",
        ]
        for row in table.head(_MOST).to_dict("records")
    ]
    header = ["large orders", "order", "of", "product", "amount", "limit"]
    more = f"\n… {len(table) - _MOST} more in outliers.csv" if len(table) > _MOST else ""
    return f"{render_table(header, rows, 2)}{more}\nRule: {review.outliers.rule}."


def _streaks(review: Review) -> Iterator[str]:
    last = review.book.periods[-1]
    told = review.streaks[review.streaks["told"] & (review.streaks["period"] == last)]
    lines = []
    for kind in dict.fromkeys(told["kind"]):
        rows = told[told["kind"] == kind]
        running = rows[rows["length"] > 0].sort_values("length", ascending=False, kind="stable")
        ended = rows[rows["length"] == 0]
        parts = []
        if len(running):
            pairs = zip(running["name"], running["length"], strict=True)
            parts.append(named([f"{name} ({length})" for name, length in pairs], _MOST))
        if len(ended):
            parts.append(f"ended: {named([str(name) for name in ended['name']], _MOST)}")
        lines.append(f"{kind}: {'; '.join(parts)}")
    if lines:
        yield "\n".join([f"Streaks at {last}, periods running:", *lines])


def _before_after(review: Review) -> str:
    table = review.before_after
    if table is None:
        return ""
    rows = []
    for row in table.to_dict("records"):
        level, step = _FORMS[row["measure"]]
        rows.append(
            [
                str(row["change_at"]),
                str(row["measure"]),
                str(row["group"]),
                str(row["seats"]),
                *(_told(level, row[name]) for name in ("before", "after")),
                *(_told(step, row[name]) for name in ("change", "low", "high")),
            ]
        )
    header = ["change at", "measure", "group", "seats", "before", "after", "change",
              "from", "to"]  # fmt: skip
    return f"{render_table(header, rows, 6)}\n95 % intervals over people. {CAUTION}"


_FORMS = {"attainment": ("{:.1%}", "{:+.1%}"), "amount": ("{:,.2f}", "{:+,.2f}")}
"""Measure → how a level and how a change of it is shown."""


def _told(form: str, value: float) -> str:
    return (
        ""
        if value != value
        else form.format(value).replace("%", " points" if "+" in form else " %")
    )


def _prices(review: Review) -> str:
    if review.prices is None:
        return ""
    rows = review.prices[review.prices["dimension"] != "team"]
    unit, finer = review.book.unit, review.book.unit.finer
    cells = [
        [
            f"{row['before_period']} to {row['period']}",
            "company" if row["name"] == ALL else str(row["name"]),
            unit.text(int(row["difference"])),
            *(finer.text(int(row[name])) for name in ("volume", "mix", "price")),
        ]
        for row in rows.head(_MOST).to_dict("records")
    ]
    return render_table(["change", "of", "difference", "volume", "mix", "price"], cells, 4)


def _sold_by(review: Review) -> Iterator[str]:
    """Yield the largest of the last period, a table for each column."""
    if review.sold_by is None:
        return
    unit = review.book.unit
    last = review.sold_by[review.sold_by["period"] == review.book.periods[-1]]
    for column in dict.fromkeys(last["column"]):
        rows = last[last["column"] == column]
        cells = [
            [row["name"] or "(none)", unit.text(row["actual"]), percent(row["share"]),
             signed(row["change"])]
            for row in rows.head(_MOST).to_dict("records")
        ]  # fmt: skip
        more = f"\n… {len(rows) - _MOST} more in sold_by.csv" if len(rows) > _MOST else ""
        yield render_table([column, "sold", "share", "on last period"], cells, 3) + more
