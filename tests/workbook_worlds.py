"""A small plan as a workbook, and ways to look into a workbook and edit it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
from worlds import write_world

SETTINGS: dict[str, Any] = {
    "name": "small",
    "unit": "10k CNY",
    "periods": ["2024Q1", "2024Q2"],
    "goal": {"floor": 90, "target": 120, "stretch": 150},
    "as_of": "2024-01-01",
    "tolerance": {"region": 0.1, "product": 0.1, "period": 0.1},
}
PEOPLE = [
    {"rep": "=Ann", "region": "North", "capacity": 40, "email": "ann@example.com"},
    {"rep": "Bob", "region": "North", "capacity": 40, "email": "bob@example.com"},
    {"rep": "007", "region": "-South", "capacity": 40, "email": "seven@example.com"},
    {"rep": "李娜", "region": "-South", "capacity": 40, "email": "li@example.com"},
]
REGIONS = [
    {"region": "All", "parent": "", "share": 1.0},
    {"region": "North", "parent": "All", "share": 0.5},
    {"region": "-South", "parent": "All", "share": 0.5},
]
PRODUCTS = [{"product": "MES", "share": 0.6}, {"product": "@Service", "share": 0.4}]
LOCKS = [
    {"rep": "Bob", "region": "", "period": "2024Q1", "product": "", "amount": 18, "owner": "Head",
     "reason": "promised", "expires": "2024-12-31"},
]  # fmt: skip


def small_world(folder: Path, **more: Any) -> Path:
    """Write the small scenario; its names begin as formulas do, or look like numbers."""
    tables = {"people": PEOPLE, "regions": REGIONS, "products": PRODUCTS, "locks": LOCKS, **more}
    settings = {**SETTINGS, **tables.pop("settings", {})}
    folder.mkdir(parents=True)
    return write_world(folder, settings, **{k: v for k, v in tables.items() if v is not None})


def cells_of(path: Path, sheet: str, *, formulas: bool = False) -> list[list[Any]]:
    """Return the cells of a sheet: values as last calculated, or formulas as written."""
    book = openpyxl.load_workbook(path, data_only=not formulas)
    return [list(row) for row in book[sheet].iter_rows(values_only=True)]


def records_of(path: Path, sheet: str) -> list[dict[str, Any]]:
    """Return the rows of a sheet by their headings."""
    head, *rows = cells_of(path, sheet)
    return [dict(zip(head, row, strict=True)) for row in rows]


def edited(path: Path, out: Path, sheet: str, changes: Mapping[tuple[int, str], Any]) -> Path:
    """Write a copy of a workbook with other values in some cells.

    Parameters
    ----------
    changes : mapping of (row from 1, heading) to value
    """
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    head = [cell.value for cell in page[1]]
    for (row, name), value in changes.items():
        if name not in head:
            head.append(name)
            page.cell(1, len(head), name)
        page.cell(row, head.index(name) + 1).value = value
    out.parent.mkdir(parents=True, exist_ok=True)
    book.save(out)
    return out


def book_of(path: Path, **sheets: list[list[Any]]) -> Path:
    """Write a workbook from cells; no text is a formula."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        for cell in (cell for row in page.iter_rows() for cell in row):
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    book.save(path)
    return path
