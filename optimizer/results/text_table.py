"""Aligned columns of text, whatever the script; amounts as people read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_SIX_DIGITS = 100_000


def width(text: str) -> int:
    """Return how many columns a text takes on a terminal; Chinese characters take two."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if _is_wide(letter) else 1 for letter in text
    )


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in ("W", "F")


def render_table(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> str:
    """Return aligned columns; the last `numbers` columns are right-aligned."""
    table = [list(header), *[list(row) for row in rows]]
    widths = [max(width(row[column]) for row in table) for column in range(len(header))]
    first_number = len(header) - numbers
    lines = []
    for row in table:
        cells = []
        for column, text in enumerate(row):
            space = " " * (widths[column] - width(text))
            cells.append(space + text if column >= first_number else text + space)
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * length for length in widths))
    return "\n".join(lines)


def short_amount(value: float) -> str:
    """Return an amount in six digits, or in all before the point where these are more."""
    return f"{value:,.0f}" if abs(value) >= _SIX_DIGITS else f"{value:,.6g}"


def amount(value: float, decimals: int) -> str:
    """Return an amount with thousands separated; blank where it is not known."""
    return "" if value != value else f"{value:,.{decimals}f}"
