"""What a page says in sentences, in Chinese beside the English, so that a reader may choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.chinese.sentences import each_in_chinese
from optimizer.chinese.templates import SENTENCE

_LISTS = ("notes", "assumptions")
_COLUMNS = {
    "text": SENTENCE,
    "reason": SENTENCE,
    "remark": SENTENCE,
    "flag": "label",
    "kind": "label",
    "component": "component",
    "tier": "label",
    "change": "label",
    "rate": "rate",
    "row": "row",
    "what": "refusal",
    "table": "input_table",
    "column": "column",
    "before": "input_value",
    "after": "input_value",
    "whose": "whose",
}
"""Column of a table that holds what programs say → group of templates."""

_PAY = ("rate", "component")
"""Columns whose words name tiers and parts of pay where costs are told by them."""


def chinese_block(blocks: Mapping[str, Any]) -> dict[str, dict[str, str]] | None:
    """Return what other blocks of a page say, in Chinese; None where they say nothing.

    Parameters
    ----------
    blocks : mapping of name to plain data
        Of the page: nothing is told that is not in them.

    Returns
    -------
    dict or None
        Column, or ``notes`` for lists of sentences → text → the same in Chinese.
    """
    texts: dict[str, dict[str, None]] = {}
    for place, text in _texts(blocks):
        texts.setdefault(place, {})[text] = None
    told = {
        place: each_in_chinese(found, _COLUMNS.get(place, SENTENCE))
        for place, found in texts.items()
    }
    return {place: found for place, found in told.items() if found} or None


def _texts(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is said in plain data, and where: in lists of notes and in tables."""
    for name, inside in content.items():
        if name in _LISTS and isinstance(inside, list):
            yield from (("notes", str(text)) for text in inside)
        elif name == "stress_by":
            names = inside["c"].get("name", {}).get("l", ())
            yield from ((place, text) for place in _PAY for text in names)
        elif name == "edits":
            edited = dict(inside["c"])
            yield from (("whose", text) for text in edited.pop("row", {}).get("l", ()))
            yield from _texts(edited)
        elif name in _COLUMNS and isinstance(inside, Mapping) and "l" in inside:
            yield from ((name, text) for text in inside["l"])
        elif name == "rates" and isinstance(inside, list):
            yield from (("rate", str(one.get("rate", ""))) for one in inside)
        elif isinstance(inside, Mapping):
            yield from _texts(inside)
