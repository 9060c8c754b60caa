"""Texts that cannot be shown, are far too long, or would become a formula where a ; splits them.

Letters of any script may stand in a name, with the marks and joiners that scripts and emoji need.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.columns import Kind
from optimizer.inputs.findings import Rows
from optimizer.inputs.vectors import bytes_of, longest, matches

LONGEST_NAME = 1_000
LONGEST_TEXT = 32_767
"""Characters of a name, and of a note or list: the most that a cell of a spreadsheet holds."""

_UNSEEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_SPELT = {"\t": "a tab", "\n": "a line break", "\u2028": "a line break", "\u2029": "a line break"}
_SUSPECT = (b"\x7f", b"\xc2", b"\xe2", b";")
"""Bytes of UTF-8; without one of them, or one below a blank, no pattern below matches."""


@dataclass(frozen=True)
class _Rule:
    """What must not stand in a text, and what to say of it."""

    pattern: str
    problem: str
    remedy: Callable[[str], str]


def _without_unseen(text: str) -> str:
    found = dict.fromkeys(re.findall(f"[\t\n{_UNSEEN}]", text))
    spelt = [_SPELT.get(letter, f"the character U+{ord(letter):04X}") for letter in found]
    return f"Type it anew without {' and '.join(dict.fromkeys(spelt))}."


def _rules(unseen: str, formula: str) -> tuple[_Rule, ...]:
    return (
        _Rule(f"[{unseen}]", "the text holds a character that cannot be shown", _without_unseen),
        _Rule(
            formula,
            "what stands after a separator would run as a formula in a spreadsheet program that "
            "splits there",
            lambda _: "Leave out the separator, or the sign that the formula begins with.",
        ),
    )


_IN_NAMES = _rules(f"\t\n{_UNSEEN}", r'[;\t\n][\s"]*[=+\-@＝＋－＠]')
# A note may hold a list with dashes, and a list of products one that begins with a plus: with
# these signs nothing runs but a function or what is called through a bar.
_IN_TEXTS = _rules(_UNSEEN, r'[;\t\n][\s"]*(?:[=@＝＠]|[+\-＋－][^;\t\n]*(?:[\p{L}\p{N}_]\(|\|))')


def unfit_texts(text: pd.Series[str], kind: Kind) -> list[tuple[Rows, str, Callable[[str], str]]]:
    """Return rows of a column whose text cannot be taken, with the problem and its remedy.

    Parameters
    ----------
    text : Series of str
        Prepared cells.
    kind : Kind
        ``LABEL`` for names, which have one line; notes and lists may have more.
    """
    found: list[tuple[Rows, str, Callable[[str], str]]] = []
    most = _most(kind)
    if longest(text) > most:
        long = (text.str.len() > most).to_numpy(dtype=bool)
        found.append((long, _too_long(most), lambda _: "Write a shorter one."))
    if _suspect(bytes_of(text)):
        for rule in _IN_NAMES if kind is Kind.LABEL else _IN_TEXTS:
            found.append((matches(text, rule.pattern), rule.problem, rule.remedy))
    return found


def _suspect(raw: bytes) -> bool:
    """Tell whether any of the texts may hold what a pattern looks for."""
    return bool(raw) and (
        any(sign in raw for sign in _SUSPECT) or bool(np.frombuffer(raw, np.uint8).min() < ord(" "))
    )


def unfit(text: str, kind: Kind) -> tuple[str, str]:
    """Return what is wrong with one text, and what to do; blank where nothing is."""
    if text.isprintable() and ";" not in text and len(text) <= LONGEST_NAME:
        return "", ""
    for rows, problem, remedy in unfit_texts(pd.Series([text], dtype="str"), kind):
        if rows.any():
            return problem, remedy(text)
    return "", ""


def _most(kind: Kind) -> int:
    return LONGEST_NAME if kind is Kind.LABEL else LONGEST_TEXT


def _too_long(most: int) -> str:
    return f"the text has more than {most:,} characters"
