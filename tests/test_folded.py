"""Tables that fit a terminal: nothing lost, nothing wider than it has to be."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from optimizer.results.folded import folded
from optimizer.results.text_table import render_table, width

WORDS = st.text(alphabet="ab 1,.华东é", min_size=1, max_size=12).map(
    lambda word: re.sub(" +", " ", word).strip() or "x"
)
WIDE = render_table(
    ["region", "ask", "target", "gap"],
    [["华东", "467", "380", "87"], ["South", "420", "300", "120"]],
    3,
)


def test_what_fits_is_left_alone() -> None:
    assert folded(f"total: 3\n\n{WIDE}\n\nnote", 80) == f"total: 3\n\n{WIDE}\n\nnote"


def test_what_is_too_wide_continues_below() -> None:
    assert folded(f"targets\n{WIDE}", 16) == "\n".join([
        "targets", "region  ask", "------  ---", "华东    467", "South   420", "",
        "region  target", "------  ------", "华东       380", "South      300", "",
        "region  gap", "------  ---", "华东     87", "South   120",
    ])  # fmt: skip


def test_sentences_are_left_alone() -> None:
    text = "a sentence -- with dashes --- that is longer than the terminal is wide"
    assert folded(text, 20) == text


@given(
    st.lists(st.lists(WORDS, min_size=4, max_size=4), min_size=2, max_size=6),
    st.integers(10, 60),
)
def test_every_cell_is_shown_and_no_part_is_wider_than_it_must_be(
    rows: list[list[str]], columns: int
) -> None:
    table = render_table(rows[0], rows[1:], 0)
    parts = folded(table, columns).split("\n\n")
    widths = [max(width(row[at]) for row in rows) for at in range(4)]
    for at in range(4):
        holder = [part for part in parts if rows[0][at] in part.split("\n")[0]]
        assert holder
        for row in rows[1:]:
            assert any(row[at] in part for part in holder)
    for part in parts:
        least = widths[0] + 2 + max(widths[1:])
        assert max(map(width, part.split("\n"))) <= max(columns, least)
