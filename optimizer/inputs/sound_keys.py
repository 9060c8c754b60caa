"""The keys of a TOML file: which are known, and whether they hold what they should."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.domain.columns import Kind
from optimizer.domain.keys import KEYS, Form, Key
from optimizer.domain.nearest import meant
from optimizer.errors import Finding
from optimizer.inputs.characters import unfit
from optimizer.inputs.document import Document
from optimizer.inputs.findings import shown

MOST_ENTRIES = 10_000
"""Entries that a list may have; more are no plan that anybody reads."""

MOST_TABLES = 1_000
"""Tables that a list of them may have, such as funnels; each is held against all people."""

ONE_LINE = ("name", "unit")
"""Last parts of keys whose text has one line; so have the texts of lists."""


class Declared:
    """The keys that a file may have.

    Attributes
    ----------
    by_path : mapping of path to Key
    children : mapping of the path of a table to name of a key in it to path of that key
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        self.by_path = {key.path: key for key in keys}
        self.children: dict[str, dict[str, str]] = {}
        for key in keys:
            parent = ""
            for part in key.path.split("."):
                path = f"{parent}.{part}" if parent else part
                self.children.setdefault(parent, {})[part.removesuffix("[]")] = path
                parent = path


SCENARIO = Declared(KEYS)


def sound_keys(
    document: Document, declared: Declared = SCENARIO
) -> tuple[dict[str, Any], list[Finding]]:
    """Return the keys that are known and hold what they should, and findings on the others."""
    found: list[Finding] = []
    return _sound_table(document, declared, document.keys, ("", ""), found), found


def _sound_table(
    document: Document,
    declared: Declared,
    keys: Mapping[str, Any],
    at: tuple[str, str],
    found: list[Finding],
) -> dict[str, Any]:
    """Return the sound keys of one table; `at` is its path as declared and as written."""
    pattern, dotted = at
    known = declared.children[pattern]
    sound: dict[str, Any] = {}
    for name, value in keys.items():
        written = f"{dotted}.{name}" if dotted else name
        path = known.get(name) or known.get("*")
        if path is None:
            problem = f"[{dotted}] has no such key" if dotted else "there is no such key"
            found.append(document.finding(written, value, problem, meant(name, list(known))))
            continue
        before = len(found)
        checked = _sound_value(document, declared, value, (path, written), found)
        is_table = isinstance(checked, dict) and path in declared.children
        is_table = is_table and not path.endswith("[]")
        if len(found) == before or is_table:
            sound[name] = checked
    return sound


def _sound_value(
    document: Document,
    declared: Declared,
    value: Any,
    at: tuple[str, str],
    found: list[Finding],
) -> Any:
    """Return one value as far as it is sound."""
    path, written = at
    key = declared.by_path.get(path)
    if key is not None and key.form is Form.FREE:
        return value
    if path.endswith("[]"):
        return _sound_tables(document, declared, value, at, found)
    if isinstance(value, dict) and path in declared.children:
        return _sound_table(document, declared, value, at, found)
    if key is None:
        problem = "this must be a table of keys"
        remedy = f"Write {written} = {{ … }} with some of: {', '.join(declared.children[path])}."
    else:
        problem, remedy = _wrong(value, key), _remedy(key)
    if problem:
        found.append(document.finding(written, value, problem, remedy))
    return value


def _sound_tables(
    document: Document,
    declared: Declared,
    value: Any,
    at: tuple[str, str],
    found: list[Finding],
) -> Any:
    """Return the tables of a list as far as they are sound."""
    path, written = at
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        problem, remedy = "this must be a list of tables", f"Write [[{written}]] above it."
        found.append(document.finding(written, value, problem, remedy))
        return value
    if len(value) > MOST_TABLES:
        problem, remedy = f"there are {len(value):,} of them", f"Write at most {MOST_TABLES:,}."
        found.append(document.finding(written, None, problem, remedy))
        return value
    return [
        _sound_table(document, declared, item, (path, f"{written}[{index}]"), found)
        for index, item in enumerate(value)
    ]


def _remedy(key: Key) -> str:
    """Return what a key should hold."""
    if key.choices:
        return f"Known: {', '.join(key.choices)}. {key.meaning}"
    bounds = []
    if key.low is not None:
        bounds.append(f"{'above' if key.open_low else 'at least'} {shown(key.low)}")
    if key.high is not None:
        bounds.append(f"{'below' if key.open_high else 'at most'} {shown(key.high)}")
    within = f" ({', '.join(bounds)})" if bounds else ""
    return f"Write {key.form}{within}. {key.meaning}"


def _wrong(value: Any, key: Key) -> str:
    """Return what is wrong with a value, or empty text."""
    if isinstance(value, list) and len(value) > MOST_ENTRIES:
        return f"the list has {len(value):,} entries, and at most {MOST_ENTRIES:,} are read"
    if key.form is Form.NUMBER_OR_NUMBERS:
        if value == []:
            return "the list is empty"
        items = value if isinstance(value, list) else [value]
        return next((wrong for item in items if (wrong := _wrong_item(item, key))), "")
    if key.form in (Form.TEXTS, Form.NUMBERS, Form.WHOLES):
        if not isinstance(value, list):
            return "this must be a list"
        return next((wrong for item in value if (wrong := _wrong_item(item, key))), "")
    return _wrong_item(value, key)


def _wrong_item(value: Any, key: Key) -> str:
    """Return what is wrong with one item, or empty text."""
    if key.form in (Form.TEXT, Form.TEXTS):
        if not isinstance(value, str):
            return "this must be text, in quotation marks"
        if key.choices:
            return "" if value in key.choices else "this is not one of the known words"
        one_line = key.form is Form.TEXTS or key.path.rpartition(".")[2] in ONE_LINE
        return ". ".join(filter(None, unfit(value, Kind.LABEL if one_line else Kind.TEXT)))
    if key.form is Form.DATE:
        return "" if as_date(value) else "this is not a date"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"this must be {key.form.removeprefix('a list of ')}"
    number = as_number(value)
    if not math.isfinite(number):
        return "this is not a finite number"
    if key.form in (Form.WHOLE, Form.WHOLES) and not isinstance(value, int):
        return "this must be a whole number"
    if key.low is not None and (number < key.low or (key.open_low and number == key.low)):
        return "the number is negative" if key.low == 0 > number else "the number is too small"
    if key.high is not None and (number > key.high or (key.open_high and number == key.high)):
        return "the number is too large"
    return ""


def as_number(value: Any) -> float:
    """Return a TOML number as a float; infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def as_date(value: Any) -> dt.date | None:
    """Return a TOML date, or text that is a date, as a date."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            return None
    return None
