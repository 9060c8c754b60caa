"""Templates of sentences: a text with typed slots, and its counterpart with the same slots."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SENTENCE = "sentence"
"""Group of what a run says by itself; the other groups are parts of such sentences."""

NUMBER, DAY, NAME = "number", "day", "name"
"""Kinds of slots besides the groups: digits as they are, a day, and any text as it is."""

_SLOT = re.compile(r"\{(?P<name>\w+)(?::(?P<kind>\w+))?(?:\[(?P<between>[^\]]+)\])?\}")


@dataclass(frozen=True)
class Slot:
    """A gap in a template.

    Attributes
    ----------
    name : str
    kind : str
        ``number``, ``day``, ``name``, or a group of templates.
    between : str
        What stands between several of the kind; empty where there is one.
    """

    name: str
    kind: str
    between: str


Piece = str | Slot


@dataclass(frozen=True)
class Template:
    """One sentence, or part of one.

    Attributes
    ----------
    english, chinese : str
        As they stand in the catalogue.
    pieces : tuple of str or Slot
        The English text in order.
    """

    english: str
    chinese: str
    pieces: tuple[Piece, ...]

    @property
    def slots(self) -> list[Slot]:
        """The slots in order."""
        return [piece for piece in self.pieces if isinstance(piece, Slot)]

    @property
    def words(self) -> list[str]:
        """What stands between the slots."""
        return [piece for piece in self.pieces if isinstance(piece, str)]

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the Chinese text with its slots filled in."""
        return _SLOT.sub(lambda found: values[found["name"]], self.chinese)


@cache
def templates() -> Mapping[str, tuple[Template, ...]]:
    """Return the catalogue by group, each in the order in which it is tried."""
    place = files("optimizer.chinese") / "sentences.json"
    groups = json.loads(place.read_text(encoding="utf-8"))
    return {
        group: tuple(
            sorted(
                (Template(english, chinese, _pieces(english)) for english, chinese in own.items()),
                key=_order,
            )
        )
        for group, own in groups.items()
    }


def _order(template: Template) -> tuple[int, bool, int, str]:
    """Put those of most words first; of those without any, the ones in which no name may stand."""
    letters = sum(letter.isalpha() for words in template.words for letter in words)
    has_names = any(slot.kind == NAME for slot in template.slots)
    return -letters, has_names, -sum(map(len, template.words)), template.english


def _pieces(text: str) -> tuple[Piece, ...]:
    found: list[Piece] = []
    end = 0
    for slot in _SLOT.finditer(text):
        found += [
            text[end : slot.start()],
            Slot(slot["name"], slot["kind"] or NAME, slot["between"] or ""),
        ]
        end = slot.end()
    return tuple(piece for piece in [*found, text[end:]] if piece != "")
