"""What people are paid, as a workbook: totals, payouts, ledger, pools."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from optimizer.pay.exact import exact_decimals
from optimizer.pay.line import KINDS
from optimizer.pay.pay import Pay
from optimizer.pay.tables import LEDGER, POOLS, ledger_rows, payout_header, payout_rows, pool_rows
from optimizer.report.sheets import (
    AMOUNT,
    MONEY,
    MOST_ROWS,
    PERCENT,
    Row,
    Sheet,
    sentences,
    write_spoken,
)
from optimizer.report.wording import Wording

_LABELS = {
    "payouts": ("period", "rep", "plan"),
    "ledger": ("period", "rep", "component", "tier"),
    "pools": ("period", "pool", "group"),
}
"""Table → its columns that are texts."""

_FORMS = {
    **dict.fromkeys(("target", "actual", "base"), AMOUNT),
    **dict.fromkeys(("attainment", "gate factor"), PERCENT),
}


def write_pay_book(found: Pay, path: Path, lang: str = "en") -> None:
    """Write pay as a workbook: totals, payouts, ledger, pools, notes."""
    say = Wording(lang)
    with exact_decimals():
        figures = found.as_dict()
        notes, left_out = list(figures["notes"]), []
        sheets = [
            Sheet("by period", ("period", "people", *KINDS, "payout"), _periods(figures),
                  dict.fromkeys((*KINDS, "payout"), MONEY)),
            Sheet("by plan", ("period", "plan", "people", "payout"), _plans(figures, say),
                  {"payout": MONEY}),
        ]  # fmt: skip
        tables = {
            "payouts": (payout_header(found), payout_rows(found), len(found.payouts)),
            "ledger": (LEDGER, ledger_rows(found), sum(len(one.lines) for one in found.payouts)),
            "pools": (POOLS, pool_rows(found), len(found.funds)),
        }
        for name, (header, rows, number) in tables.items():
            if number > MOST_ROWS:
                left_out.append(_left_out(name, number, say))
            else:
                sheets.append(_table(name, header, rows, say))
        paid = [
            say("{plan} is paid: {text}", plan=name, text=text)
            for name, text in figures["when_paid"].items()
        ]
        sheets.append(sentences("notes", notes, say, own=(*left_out, *paid)))
        write_spoken(sheets, path, say)


def _left_out(name: str, number: int, say: Wording) -> str:
    return say(
        "{table}: {number} rows, more than the {most} that a sheet holds; see {file}.csv",
        table=say(name), number=f"{number:,}", most=f"{MOST_ROWS:,}", file=name,
    )  # fmt: skip


def _table(name: str, header: Iterable[str], rows: Iterable[list[str]], say: Wording) -> Sheet:
    texts: dict[str, Callable[[str], Any]] = dict.fromkeys(_LABELS[name], str)
    if name == "ledger":
        texts |= {
            "component": partial(spoken_component, say=say),
            "tier": partial(say.told, group="label"),
        }
    read = [texts.get(column, _number) for column in header]
    cells = ([one(text) for one, text in zip(read, row, strict=True)] for row in rows)
    shown = tuple(column.replace("_", " ") for column in header)
    forms = {column: _FORMS.get(column, MONEY) for column in shown if column != "rate"}
    return Sheet(name, shown, cells, forms)


def spoken_component(component: str, say: Wording) -> str:
    """Return a component of pay in a language; the name of a pool or an award stays as it is."""
    return say(component) if component in KINDS else say.told(component, "component")


def _number(text: str) -> float | None:
    return float(text) if text else None


def _periods(figures: Mapping[str, Any]) -> Iterator[Row]:
    for one in figures["periods"]:
        by = one["by_component"]
        yield (one["period"], one["reps"], *(float(by[kind]) for kind in KINDS),
               float(one["payout"]))  # fmt: skip


def _plans(figures: Mapping[str, Any], say: Wording) -> Iterator[Row]:
    for one in figures["periods"]:
        for plan in one["by_plan"]:
            yield (one["period"], plan["plan"] or say("none"), plan["reps"], float(plan["payout"]))
