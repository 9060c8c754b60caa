"""Tables of text that fit a terminal: too wide ones continue below, their first column again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from optimizer.results.text_table import width

_RULE = re.compile(r"-+(?:  -+)+")
"""The line below the header of a table: a run of dashes per column."""

_ESCAPE = "\x1b"
"""Begins a colour, which takes no column: such a table is left alone."""

Span = tuple[int, int]


def folded(text: str, columns: int) -> str:
    """Return a text whose tables are no wider than some columns, where that can be.

    A table that is too wide is shown in parts, one below the other, each with its first column.

    Parameters
    ----------
    columns : int
        Of the terminal; characters that take two count as two.
    """
    return "\n\n".join(_block(block, columns) for block in text.split("\n\n"))


def _block(block: str, columns: int) -> str:
    lines = block.split("\n")
    rule = next((at for at, line in enumerate(lines) if _RULE.fullmatch(line)), 0)
    if not rule or width(lines[rule]) <= columns or _ESCAPE in block:
        return block
    spans = [(dashes.start(), dashes.end()) for dashes in re.finditer("-+", lines[rule])]
    table = lines[rule - 1 :]
    parts = []
    for group in _groups(spans, columns):
        rows = ["  ".join(_slice(line, span) for span in group).rstrip() for line in table]
        parts.append("\n".join(rows))
    return "\n".join([*lines[: rule - 1], "\n\n".join(parts)])


def _groups(spans: Sequence[Span], columns: int) -> list[list[Span]]:
    """Return which columns are shown together, the first one in every group."""
    first, *rest = spans
    groups = [[first]]
    used = first[1] - first[0]
    for span in rest:
        needed = 2 + span[1] - span[0]
        if used + needed > columns and len(groups[-1]) > 1:
            groups.append([first])
            used = first[1] - first[0]
        groups[-1].append(span)
        used += needed
    return groups


def _slice(line: str, span: Span) -> str:
    """Return the part of a line between two columns of the terminal, filled up with spaces."""
    begin, end = span
    at, cut = 0, ""
    for letter in line:
        if begin <= at < end:
            cut += letter
        at += width(letter)
    return cut + " " * (end - begin - width(cut))
