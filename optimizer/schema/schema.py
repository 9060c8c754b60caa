"""JSON Schema of the TOML files, for editors: made from the declarations that readers obey.

An editor with TOML support shows the meaning of a key, completes it and marks what is wrong.
Whether keys fit together is what ``quotaplan check`` says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.domain.keys import KEYS, Form, Key
from optimizer.errors import InputError
from optimizer.incentives.keys import KEYS as INCENTIVE_KEYS
from optimizer.incentives.keys import REQUIRED as INCENTIVE_REQUIRED
from optimizer.scorecards.keys import KEYS as SCORECARD_KEYS
from optimizer.scorecards.keys import REQUIRED as SCORECARD_REQUIRED

Schema = dict[str, Any]
Required = Mapping[str, Mapping[str, str]]

_FILES: Mapping[str, tuple[str, Sequence[Key], Required]] = {
    "scenario": ("A scenario of quotaplan: its goal and settings.", KEYS, {}),
    "incentive": ("Rules of incentive pay.", INCENTIVE_KEYS, INCENTIVE_REQUIRED),
    "scorecard": ("Scorecards: measures, weights and points.", SCORECARD_KEYS, SCORECARD_REQUIRED),
}
FILES = tuple(_FILES)
"""Names of the files that there is a schema of, without ``.toml``."""

_DIALECT = "http://json-schema.org/draft-07/schema#"
"""The one that editors of TOML know."""
_ANY = "*"
_MANY = "[]"
_TYPES: Mapping[Form, Schema] = {
    Form.TEXT: {"type": "string"},
    Form.NUMBER: {"type": "number"},
    Form.WHOLE: {"type": "integer"},
    Form.DATE: {"type": "string", "format": "date"},
}
_LISTS: Mapping[Form, Form] = {
    Form.TEXTS: Form.TEXT,
    Form.NUMBERS: Form.NUMBER,
    Form.WHOLES: Form.WHOLE,
}


def schema_of(file: str) -> Schema:
    """Return the JSON Schema (draft 7) of a file.

    Parameters
    ----------
    file : str
        ``scenario``, ``incentive`` or ``scorecard``.

    Raises
    ------
    InputError
        For any other.
    """
    if file not in _FILES:
        raise InputError(f"{file}: there is a schema of {', '.join(FILES)}")
    title, keys, required = _FILES[file]
    root = _table()
    for key in keys:
        _add(root, key)
    for path, names in required.items():
        place = _at(root, path)
        place["required"] = sorted(names)
    return {"$schema": _DIALECT, "title": title, **root}


def _table() -> Schema:
    return {"type": "object", "properties": {}, "additionalProperties": False}


def _add(root: Schema, key: Key) -> None:
    """Lay one key into the tree of tables."""
    parent, _, name = key.path.rpartition(".")
    table = _at(root, parent) if parent else root
    known = _child(table, name)
    form = _form(key)
    if known is None:
        _set(table, name, {"description": key.meaning, **form})
    else:
        _set(table, name, {"description": key.meaning, "anyOf": [form, known]})


def _at(root: Schema, path: str) -> Schema:
    """Return the table at a path, made where it is missing."""
    table = root
    for step in path.split("."):
        name, many = step.removesuffix(_MANY), step.endswith(_MANY)
        child = _child(table, name)
        if child is None:
            child = {"type": "array", "items": _table()} if many else _table()
            _set(table, name, child)
        table = _own_table(table, name, child)
        if many:
            table = table["items"]
    return table


def _own_table(table: Schema, name: str, child: Schema) -> Schema:
    """Return the table of a key, which may hold a plain value instead."""
    if "anyOf" in child:
        return dict(child)["anyOf"][1]  # type: ignore[no-any-return]
    if child.get("type") in ("object", "array"):
        return child
    meaning = child.pop("description", "")
    _set(table, name, {"description": meaning, "anyOf": [child, _table()]})
    return _own_table(table, name, _child(table, name) or {})


def _child(table: Schema, name: str) -> Schema | None:
    if name != _ANY:
        found = table["properties"].get(name)
        return found if isinstance(found, dict) else None
    found = table["additionalProperties"]
    return found if isinstance(found, dict) else None


def _set(table: Schema, name: str, child: Schema) -> None:
    if name == _ANY:
        table["additionalProperties"] = child
    else:
        table["properties"][name] = child


def _form(key: Key) -> Schema:
    """Return what a key may hold."""
    if key.form is Form.FREE:
        return {}
    if key.form is Form.NUMBER_OR_NUMBERS:
        one = _bounded(Form.NUMBER, key)
        return {"anyOf": [one, {"type": "array", "items": one}]}
    if key.form in _LISTS:
        return {"type": "array", "items": _bounded(_LISTS[key.form], key)}
    return _bounded(key.form, key)


def _bounded(form: Form, key: Key) -> Schema:
    found = dict(_TYPES[form])
    if key.choices:
        found["enum"] = list(key.choices)
    if form in (Form.NUMBER, Form.WHOLE):
        if key.low is not None:
            found["exclusiveMinimum" if key.open_low else "minimum"] = key.low
        if key.high is not None:
            found["exclusiveMaximum" if key.open_high else "maximum"] = key.high
    return found
