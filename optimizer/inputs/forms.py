"""What rules in TOML files have in common: content, tables of a list, required keys, matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.errors import Finding, InputError
from optimizer.inputs.document import Document

Keys = Mapping[str, Any]
"""Keys of one table."""


def content_of(source: bytes | Path, name: str) -> tuple[bytes, str]:
    """Return the bytes of a file and what messages call it.

    Parameters
    ----------
    source : bytes or Path
        The content itself, or the file that holds it.
    name : str
        What such a file is called.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    if isinstance(source, bytes):
        return source, name
    try:
        return source.read_bytes(), source.name
    except OSError as error:
        raise InputError(
            f"{source}: cannot be read ({error.strerror or error}); name a file like {name}"
        ) from error


def check_lengths(document: Document, longest: Sequence[tuple[str, str, int]]) -> None:
    """Refuse lists that are far too long, before anything else is looked at.

    Parameters
    ----------
    document : Document
    longest : sequence of (path of a table, key of a list in it, most items)
        A blank path is the document itself.

    Raises
    ------
    InputError
        Naming the first list that is too long.
    """
    for pattern, name, most in longest:
        tables = tables_of(document.keys, pattern) if pattern else [("", document.keys)]
        for path, keys in tables:
            if isinstance(found := keys.get(name), list) and len(found) > most:
                problem, remedy = f"there are {len(found):,} of them", f"Write at most {most:,}."
                key = f"{path}.{name}" if path else name
                raise InputError([document.finding(key, "", problem, remedy)])


def tables_of(keys: Keys, pattern: str) -> list[tuple[str, Keys]]:
    """Return path and keys of the tables of a path such as ``plan[].commission[]``.

    What is no table where one should be is left out.
    """
    found: list[tuple[str, Keys]] = [("", keys)]
    for part in pattern.split("."):
        name = part.removesuffix("[]")
        found = [
            (f"{above}.{own}" if above else own, below)
            for above, table in found
            for own, below in _below(table, name, part.endswith("[]"))
            if isinstance(below, Mapping)
        ]
    return found


def _below(table: Keys, name: str, listed: bool) -> Iterator[tuple[str, Any]]:
    if name not in table:
        return
    value = table[name]
    if not listed:
        yield name, value
    elif isinstance(value, list):
        yield from ((f"{name}[{index}]", item) for index, item in enumerate(value))


def missing_keys(
    document: Document, required: Mapping[str, Mapping[str, str]]
) -> Iterator[Finding]:
    """Find required keys that are missing, and lists and texts without content.

    Parameters
    ----------
    document : Document
    required : mapping of path to key to remedy
    """
    for pattern, remedies in required.items():
        for path, table in tables_of(document.keys, pattern):
            for name, remedy in remedies.items():
                if name not in table:
                    problem = f"the {name} is missing"
                    yield document.finding(f"{path}.{name}", None, problem, remedy)
                elif table[name] in ([], ""):
                    problem = f"the {name} is empty"
                    yield document.finding(f"{path}.{name}", table[name], problem, remedy)


def built(
    document: Document, name: str, build: Callable[[Keys], Any], found: list[Finding]
) -> dict[str, Any]:
    """Return path → rule for the tables of a list in which no error was found.

    Parameters
    ----------
    document : Document
    name : str
        Of the list.
    build : function of the keys of a table
    found : list of Finding
    """
    tables = document.keys.get(name, [])
    wrong = [finding.column for finding in found if finding.severity == "error"]
    if not isinstance(tables, list) or name in wrong:
        return {}
    rules = {f"{name}[{index}]": keys for index, keys in enumerate(tables)}
    return {
        path: build(keys)
        for path, keys in rules.items()
        if not any(f"{column}.".startswith(f"{path}.") for column in wrong)
    }


def is_match(match: object) -> bool:
    """Return whether something names columns, each with a text or texts."""
    if not isinstance(match, Mapping):
        return False
    lists = [item if isinstance(item, list) else [item] for item in match.values()]
    return all(items and all(isinstance(item, str) for item in items) for items in lists)
