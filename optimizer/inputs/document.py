"""``scenario.toml`` (or the sheet ``scenario``) → keys, and the line each of them stands on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from optimizer.domain.keys import KEYS, Form
from optimizer.errors import Finding, InputError

Place = tuple[str, int]
"""File and row."""

_SECTION = re.compile(r"\s*+\[\[?([^\[\]#]++)\]\]?\s*+(?:#.*)?")
_KEY = re.compile(r"[\w.\"' \t-]++")
_LINE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
_MANY_PARTS = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++\s*+\.\s*+){50}""")
_TEXT_KEYS = frozenset(key.path for key in KEYS if key.form is Form.TEXT)
_LIST_KEYS = frozenset(key.path for key in KEYS if key.form is Form.TEXTS)


DEEPEST = 50
"""Tables and lists that may lie in each other; `_MANY_PARTS` is a dotted key of so many."""

LONGEST = 200
"""Letters that one part of a key may have."""

LARGEST = 10**308
"""Whole numbers from here on are none that anything can be counted in."""


@dataclass(frozen=True)
class Document:
    """Keys of one scenario, and where they were written.

    Attributes
    ----------
    keys : mapping
        Nested, as TOML gives them.
    places : mapping of dotted key to (file, row)
    file : str
        The file that a missing key is missing from.
    """

    keys: Mapping[str, Any]
    file: str
    places: Mapping[str, Place] = field(default_factory=dict)

    def finding(
        self, key: str, value: object, problem: str, remedy: str, severity: str = "error"
    ) -> Finding:
        """Return a finding about a key, or about its nearest parent that has a place."""
        path = key
        while path and path not in self.places:
            path = path.rpartition("[" if path.endswith("]") else ".")[0]
        file, row = self.places.get(path, (self.file, 0))
        return Finding(file, row, key, literal(value), problem, remedy, severity)


def literal(value: object) -> str:
    """Return a value about as it would stand in the file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {literal(item)}" for name, item in value.items()) + "}"
    return str(value)


def parse_toml(data: bytes, file: str) -> Document:
    """Return the keys of a TOML file.

    Raises
    ------
    InputError
        Where it is no TOML, naming line and column.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        value = f"byte {data[error.start : error.start + 1].hex()}"
        problem = "the file is not in UTF-8"
        raise InputError(
            [Finding(file, row, "", value, problem, "Save the file as UTF-8 and try again.")]
        ) from error
    if deep := _MANY_PARTS.search(text):
        row = text.count("\n", 0, deep.start()) + 1
        raise InputError([Finding(file, row, "", f"{deep[0][:40]}…", _TOO_DEEP, _FLATTER)])
    try:
        keys = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise InputError([_broken(text, file, error)]) from error
    return _usable(Document(keys, file, {key: (file, row) for key, row in _places(text)}))


def _usable(document: Document) -> Document:
    """Return a document of whose depth and numbers all that follows can make something.

    Raises
    ------
    InputError
        Where tables lie too deep in each other, or a name or a number goes on for hundreds of
        letters or digits.
    """
    found: list[Finding] = []
    waiting: list[tuple[str, Any, int]] = [("", document.keys, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > DEEPEST:
            found.append(document.finding(path[:LONGEST], None, _TOO_DEEP, _FLATTER))
        elif isinstance(value, dict):
            for name, below in value.items():
                if len(name) > LONGEST:
                    problem = f"the name of a key has more than {LONGEST} letters"
                    found.append(document.finding(path, name[:40], problem, "Write a shorter one."))
                    continue
                waiting.append((f"{path}.{name}" if path else name, below, depth + 1))
        elif isinstance(value, list):
            for index, below in enumerate(value):
                waiting.append((f"{path}[{index}]", below, depth + 1))
        elif isinstance(value, int) and abs(value) >= LARGEST:
            problem = "the number has more than 308 digits"
            found.append(document.finding(path, None, problem, "Write a smaller number."))
    if found:
        raise InputError(sorted(found))
    return document


_TOO_DEEP = f"more than {DEEPEST} tables lie in each other"
_FLATTER = "No key is that deep: look at the dots and brackets here."


def _broken(text: str, file: str, error: Exception) -> Finding:
    """Say where a TOML file is broken."""
    said = str(error) or "nested too deeply"
    match = _LINE.search(said)
    lines = text.splitlines() or [""]
    row = int(match[1]) if match and match[1] else len(lines)
    column = f", at character {match[2]}" if match and match[2] else ""
    found = lines[min(row, len(lines)) - 1].strip()[:80]
    reason = _LINE.sub("", said).strip()
    problem = f"the line is no TOML{column}: {reason}"
    remedy = 'Mend the line: text stands in quotation marks, as in name = "North".'
    return Finding(file, row, "", found, problem, remedy)


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Yield (dotted key, line) of what stands at the beginning of lines."""
    section = ""
    counts: dict[str, int] = {}
    most = 5 * LONGEST
    for row, line in enumerate(text.splitlines(), start=1):
        key, equals, _ = line.partition("=")
        if match := _SECTION.fullmatch(line):
            section = _numbered(_plain(match[1][:most]), counts, line.lstrip().startswith("[["))
            yield section, row
        elif equals and key.strip() and len(key) < most and _KEY.fullmatch(key):
            yield _plain(f"{section}.{key}" if section else key), row


def _numbered(section: str, counts: dict[str, int], is_next: bool) -> str:
    """Return a section with the number of each list of tables that it lies in.

    `counts` holds the number of the latest table of each list; `is_next` begins another one.
    """
    *above, last = section.split(".")
    path = ""
    for part in above:
        path = f"{path}.{part}" if path else part
        path = f"{path}[{counts[path]}]" if path in counts else path
    path = f"{path}.{last}" if path else last
    if is_next:
        counts[path] = counts.get(path, -1) + 1
        path = f"{path}[{counts[path]}]"
    return path


def _plain(dotted: str) -> str:
    """Return a dotted key without quotation marks and spaces around its parts."""
    return ".".join(part.strip().strip("\"'") for part in dotted.split("."))


def parse_sheet(cells: pd.DataFrame, file: str) -> Document:
    """Return the keys of a sheet with the columns key and value.

    Raises
    ------
    InputError
        Where the sheet has other columns, or a key twice.
    """
    found: list[Finding] = []
    keys: dict[str, Any] = {}
    places: dict[str, Place] = {}
    header = [str(cell).strip().casefold() for cell in cells.iloc[0]] if len(cells) else []
    if header[:2] != ["key", "value"] or any(header[2:]):
        problem = "the first row of the sheet must be key, value"
        remedy = "Put dotted keys such as goal.target in column A and their values in column B."
        raise InputError([Finding(file, 1, "", ", ".join(header), problem, remedy)])
    for position, (name, value) in enumerate(cells.iloc[1:, :2].to_numpy().tolist(), start=2):
        path = _plain(str(name))
        if not path and str(value).strip() == "":
            continue
        places[path] = (file, position)
        if not _put(keys, path.split("."), understood(path, value)):
            problem = "the key is blank, stands twice, or is both a value and a table"
            remedy = "Write each key once."
            found.append(Finding(file, position, "key", path, problem, remedy))
    if found:
        raise InputError(found)
    return _usable(Document(keys, file, places))


def _put(keys: dict[str, Any], path: list[str], value: Any) -> bool:
    """Set a value at a dotted path; return False where the path is taken or blank."""
    *parents, last = path
    for parent in parents:
        below = keys.setdefault(parent, {})
        if not isinstance(below, dict):
            return False
        keys = below
    if not all(path) or last in keys:
        return False
    keys[last] = value
    return True


def understood(path: str, value: Any) -> Any:
    """Return the value of a cell of the sheet `scenario`.

    Parameters
    ----------
    path : str
        Dotted key.
    value : Any
        The cell.

    Returns
    -------
    Any
        A TOML literal where it is one, else a list where the key holds one, plain text or a
        number.
    """
    pattern = re.sub(r"^measure\.[^.]+", "measure.*", path)
    pattern = re.sub(r"tables\.[^.]+$", "tables.*", pattern)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if pattern in _TEXT_KEYS:
        return str(value).strip().strip('"')
    if not isinstance(value, str):
        return [str(value)] if pattern in _LIST_KEYS else value
    try:
        return tomllib.loads(f"value = {value.strip()}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        parts = [part.strip() for part in re.split("[;；]", value)]
        return [part for part in parts if part] if pattern in _LIST_KEYS else value.strip()
