"""Texts on their way into the files of a run and back: what they must not do there."""

from __future__ import annotations

import json
import re
from typing import Any

FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r\n")
"""What spreadsheets take for the beginning of a formula, full width in East Asia too."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SEPARATOR = re.compile(r'[;\t\n][\s"]*')
_FORMULA = re.compile(r"[=@＝＠]|[+\-＋－][^;\t\n]*(?:\w\(|\|)")
"""What a spreadsheet that splits at a separator would run, if it stands behind one."""


def harmless(text: str) -> str:
    """Keep a spreadsheet from running a text as a formula, and a terminal from obeying it.

    Inputs hold none of it but formula signs at their beginning; files of others may.
    """
    if ";" in text or not text.isprintable():
        text = _SEPARATOR.sub(_guarded, _UNSEEN.sub(_spelt, text))
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _guarded(separator: re.Match[str]) -> str:
    runs = _FORMULA.match(separator.string, separator.end())
    return separator.group() + ("'" if runs else "")


def _spelt(letter: re.Match[str]) -> str:
    number = ord(letter.group())
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def parse_json(text: str) -> Any:
    """Return what JSON says.

    Raises
    ------
    ValueError
        Where it is no JSON, or spells half a character, which no file can hold.
    RecursionError
        Where it is nested without end.
    """
    content = json.loads(text)
    if "\\ud" in text.lower():
        try:
            json.dumps(content, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("it spells half a character") from None
    return content
