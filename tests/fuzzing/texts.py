"""Ways to break TOML, CSV and JSON that stay TOML, CSV and JSON, mostly."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import tomllib
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import lru_cache
from random import Random
from typing import Any

import tomli_w

from optimizer.domain.columns import CANONICAL
from optimizer.domain.keys import KEYS
from optimizer.domain.tables import TABLES
from optimizer.incentives.keys import KEYS as INCENTIVE_KEYS
from optimizer.scorecards.keys import KEYS as SCORECARD_KEYS
from tests.fuzzing.raw import STEPS, Step

MEANT = {name for key in (*KEYS, *INCENTIVE_KEYS, *SCORECARD_KEYS)
         for name in re.split(r"\.|\[\]", key.path) if name and name != "*"}  # fmt: skip
WORDS = sorted(
    {choice for key in (*KEYS, *INCENTIVE_KEYS, *SCORECARD_KEYS) for choice in key.choices}
    | {"Ann", "North", "A", "2024Q1", "senior", "x_pay", "role", "region", "floor", "target"}
)
"""Texts that mean something somewhere."""

NAMES = (*sorted(MEANT), "", ".", "a.b", "*", "x_", "x_pay", "__class__", "值", "\u202e", "[0]")

HOSTILE: tuple[Any, ...] = (
    0, -1, 1, 2, 0.0, -0.0, 0.5, 1.5, 1e308, -1e308, 5e-324, 1e16, float("nan"), float("inf"),
    float("-inf"), 10**30, -(10**30), 10**400, 2**53 + 1, True, False, "", " ", "*", "x", "NaN",
    "1e400", "\0", "\n", "\u202e", "\u200b", "１２", "=1+1", "../..", "a" * 300, "\U0001f600",
    [], {}, [[]], [{}], [""], [0], ["a", 1], [None], {"": 0}, {"a": {}}, {"from": 0},
    dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.time(0, 0), dt.datetime(2024, 1, 1, 2, 3),
    dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))),
)  # fmt: skip
"""Values that a key may hold and nobody means."""

CELLS = (
    "", " ", "0", "-0", "-1", "1e400", "-1e400", "1e-400", "nan", "NaN", "inf", "-Infinity", "+5",
    "1,234", "1,234,567.5", "1.234,5", "12%", "%", "-5%", "1e5%", "１２３", "٣", "²", "½", "−5",
    "1_000", "0x1F", "9" * 400, "1" * 5000, "1e308", "9007199254740993", "2024-02-30", "2024-1-1",
    "2024/13/45", "0001-01-01", "9999-12-31", "2024年3月1日", "2024-03-01T10:00", "45000", "yes",
    "是", "maybe", "TRUE", "#REF!", "#N/A", "=1+1", "'=1+1", "@x", "-x", "+x", "\t", "a;b", ";;;",
    "A;A；B", '"', '""', "a\nb", "a\r\nb", "\r", "\0", "\u202eabc", "\u200b", "\ufeff", "\u3000",
    "\u2028", "\x85", "\x1c", "e\u0301", "é", "İ", "ß", "ﬁ", "😀", "*", "all", "None", "null",
    "Ann", "Bob", "ann", "North", "South", "Home", "A", "B", "2024Q1", "2024Q2", "2023Q1", "2024",
    "1", "53", "54", "0.5", "1.5", "x" * 400,
)  # fmt: skip
HEADERS = (
    *sorted({column.name for table in TABLES for column in table.columns}),
    *sorted(CANONICAL),
    "", " ", "x_", "x_a", "X_A", "x_pay", "rep ", "REP", "Rep Name", "0", "nan", "é", "\u202e",
)  # fmt: skip


def _value(random: Random) -> Any:
    return random.choice(WORDS) if random.random() < 0.3 else deepcopy(random.choice(HOSTILE))


def _deep(random: Random) -> Any:
    value: Any = 0
    for _ in range(random.choice((3, 3, 30, 60))):
        value = {"a": value} if random.random() < 0.5 else [value]
    return value


def _holders(value: Any) -> list[Any]:
    """Return all tables and lists in a value that hold something, itself included."""
    found: list[Any] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list) and one:
            found.append(one)
            waiting += one.values() if isinstance(one, dict) else one
    return found


def _changed(tree: Any, random: Random) -> None:
    """Change one place in a tree of tables and lists."""
    holders = _holders(tree)
    if not holders:
        return
    holder = random.choice(holders)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    key = random.choice(keys)
    kind = random.randrange(7)
    if kind <= 2:
        holder[key] = _value(random)
    elif kind == 3:
        del holder[key]
    elif kind == 4 and isinstance(holder, dict):
        holder[random.choice(NAMES)] = _value(random)
    elif kind == 4:
        holder.insert(key, holder[random.randrange(len(holder))])
    elif kind == 5 and isinstance(holder, dict):
        holder[random.choice(NAMES)] = holder.pop(key)
    elif kind == 5:
        random.shuffle(holder)
    elif random.random() < 0.2:
        holder[key] = _deep(random)
    else:
        holder[key] = random.choice((holder[key], [holder[key]], {"a": holder[key]}))


@lru_cache(64)
def _parsed(data: bytes) -> dict[str, Any]:
    return tomllib.loads(data.decode("utf-8-sig"))


def toml_tree(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Change a few keys and values of a TOML file; leave others alone."""
    try:
        keys = deepcopy(_parsed(data))
        for _ in range(random.choice((1, 1, 2, 5))):
            _changed(keys, random)
        return tomli_w.dumps(keys).encode()
    except (ValueError, TypeError, RecursionError):
        return data


def json_tree(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Change a few keys and values of a JSON file; leave others alone."""
    try:
        tree = json.loads(data)
        for _ in range(random.choice((1, 1, 2, 5))):
            _changed(tree, random)
        return json.dumps(tree, default=str).encode()
    except (ValueError, TypeError, RecursionError):
        return data


def toml_line(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Put, double, drop or lengthen a line of a text."""
    lines = data.split(b"\n")
    place = random.randrange(len(lines))
    name = random.choice(NAMES).encode() or b'""'
    depth = 2000 if random.random() < 0.02 else random.choice((2, 10, 60))
    added = random.choice((
        lines[place], lines[place],
        random.choice(lines),
        name + b" = " + random.choice((b"nan", b"1e400", b"0x" + b"f" * 3 * depth, b"''")),
        b"[" + name + b"]",
        b"[[" + name + b"]]",
        b".".join([name] * depth) + b" = 1",
        b"[" + b".".join([b"a"] * depth) + b"]",
        name + b" = " + b"[" * depth + b"]" * depth,
        name + b" = " + b"{a=" * depth + b"1" + b"}" * depth,
        name + b" = '" + b"x" * (100_000 if depth == 2000 else 100) + b"'",
    ))  # fmt: skip
    where = place + random.randrange(2) if random.random() < 0.8 else place
    lines[place:where] = [added]
    return b"\n".join(lines)


def csv_cells(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Change cells, rows, columns or headers of a CSV table."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (ValueError, csv.Error):
        return data
    if not rows or not rows[0]:
        return data
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        random.choice(_TABLE_STEPS)(rows, random)
    text = io.StringIO(newline="")
    separator = random.choice((",", ",", ",", ",", ";", "\t", "|"))
    ends = random.choice(("\n", "\n", "\r\n", "\r"))
    quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    try:
        csv.writer(text, delimiter=separator, lineterminator=ends, quoting=quoting).writerows(rows)
        return text.getvalue().encode(random.choice(_ENCODINGS))
    except (csv.Error, UnicodeEncodeError):
        return text.getvalue().encode("utf-8", errors="replace")


_ENCODINGS = ("utf-8",) * 6 + ("utf-8-sig", "utf-16", "gb18030", "cp950", "cp1252", "utf-7")


def _a_cell(rows: list[list[str]], random: Random) -> None:
    row = random.choice(rows[1:] or rows)
    if row:
        row[random.randrange(len(row))] = random.choice(CELLS)


def _a_column(rows: list[list[str]], random: Random) -> None:
    place = random.randrange(len(rows[0]) or 1)
    cell = random.choice(CELLS)
    for row in rows[1:]:
        row[place : place + 1] = [cell]


def _a_header(rows: list[list[str]], random: Random) -> None:
    if rows[0]:
        rows[0][random.randrange(len(rows[0]))] = random.choice((*HEADERS, *rows[0]))


def _more_columns(rows: list[list[str]], random: Random) -> None:
    times = random.choice((1, 1, 1, 2, 300))
    rows[0] += [f"{random.choice(HEADERS)}{place or ''}" for place in range(times)]
    for row in rows[1:]:
        row += [random.choice(CELLS[:60]) for _ in range(min(times, 3))]


def _less_columns(rows: list[list[str]], random: Random) -> None:
    place = random.randrange(len(rows[0]) or 1)
    for row in rows:
        del row[place : place + 1]


def _rows(rows: list[list[str]], random: Random) -> None:
    place = random.randrange(len(rows))
    kind = random.randrange(5)
    if kind == 0:
        rows.insert(place, list(random.choice(rows)))
    elif kind == 1 and len(rows) > 1:
        del rows[place]
    elif kind == 2:
        rows.insert(place, [""] * random.randrange(4))
    elif kind == 3:
        rows[:] = rows[:1] + [random.choice(rows) for _ in range(random.choice((0, 3, 50)))]
    else:
        random.shuffle(rows)
    if not rows:
        rows.append([""])


def _mixed_up(rows: list[list[str]], random: Random) -> None:
    row = random.choice(rows)
    random.shuffle(row)


_TABLE_STEPS: tuple[Callable[[list[list[str]], Random], None], ...] = (
    _a_cell, _a_cell, _a_cell, _a_column, _a_header, _more_columns, _less_columns, _rows, _rows,
    _mixed_up,
)  # fmt: skip

TOML_STEPS: tuple[Step, ...] = (*STEPS, *[toml_tree] * 12, *[toml_line] * 4)
CSV_STEPS: tuple[Step, ...] = (*STEPS, *[csv_cells] * 14)
JSON_STEPS: tuple[Step, ...] = (*STEPS, *[json_tree] * 10)
