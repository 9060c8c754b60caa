"""What runs say in sentences, in Chinese: each sentence is read by the templates that made it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from optimizer.chinese.templates import (
    DAY,
    NAME,
    NUMBER,
    SENTENCE,
    Piece,
    Slot,
    Template,
    templates,
)

_NUMBER = re.compile(r"[+\-±]?\d[\d,]*(\.\d+)?(e[+\-]?\d+)?( ?%)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PHRASE = re.compile("[a-z]+ [a-z]+")
_BETWEEN = {"; ": "；", ", ": "，", ";": "；"}
"""What stands between parts of a list → the same in Chinese."""

_LONGEST_PART = 4
"""Into how many pieces a part of a list may fall, because names hold what stands between parts."""

_EFFORT = 1_000_000
"""Letters looked at after which a sentence is left as it is; most take some thousand."""


def in_chinese(text: str, group: str = SENTENCE) -> str:
    """Return what a run says in Chinese; as it is where there is no template for it.

    Numbers, days and names stay as they are. A text is told in Chinese as a whole or not at
    all.

    Parameters
    ----------
    text : str
    group : str
        Group of templates: sentences, or one of the groups of words that stand by themselves.
    """
    found = _Reading().told(group, text)
    return text if found is None else found.strip()


def each_in_chinese(texts: Iterable[str], group: str = SENTENCE) -> dict[str, str]:
    """Return those of many texts that have a Chinese counterpart, with it."""
    told = {one: in_chinese(one, group) for one in dict.fromkeys(texts)}
    return {english: chinese for english, chinese in told.items() if chinese != english}


class _Reading:
    """One sentence being read; the same part is read once."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], str | None] = {}
        self._left = _EFFORT

    def told(self, group: str, text: str) -> str | None:
        """Return a text in Chinese as one of a group; None where no template of it fits."""
        key = group, text
        if key not in self._told:
            self._told[key] = None
            self._left -= len(text)
            self._told[key] = next(self._fitting(group, text), None)
        return self._told[key]

    def _fitting(self, group: str, text: str) -> Iterator[str]:
        for template in templates()[group]:
            if self._left >= 0 and _may_fit(template, text):
                values = self._filled(template.pieces, text, 0)
                if values is not None:
                    yield template.filled(values)

    def _filled(self, pieces: tuple[Piece, ...], text: str, start: int) -> dict[str, str] | None:
        """Return the slots of the rest of a template by the rest of a text, in Chinese."""
        self._left -= 1 + len(text)
        if self._left < 0:
            return None
        if not pieces:
            return {} if start == len(text) else None
        piece, rest = pieces[0], pieces[1:]
        if isinstance(piece, str):
            fits = text.startswith(piece, start) or (start == 0 and _begins(text, piece))
            return self._filled(rest, text, start + len(piece)) if fits else None
        for end in _ends(piece, rest, text, start):
            inside = self._slot(piece, text[start:end])
            if inside is not None:
                others = self._filled(rest, text, end)
                if others is not None:
                    return {piece.name: inside, **others}
        return None

    def _slot(self, slot: Slot, text: str) -> str | None:
        if slot.between:
            return self._list(slot, text.split(slot.between))
        if slot.kind == NUMBER:
            return text if _NUMBER.fullmatch(text) else None
        if slot.kind == DAY:
            return text if _DAY.fullmatch(text) else None
        return text if slot.kind == NAME else self.told(slot.kind, text)

    def _list(self, slot: Slot, pieces: list[str]) -> str | None:
        """Return the parts of a list; each as short as the rest of the list allows."""
        rests: list[list[str] | None] = [None] * len(pieces) + [[]]
        for start in range(len(pieces) - 1, -1, -1):
            for end in range(start + 1, min(len(pieces), start + _LONGEST_PART) + 1):
                rest = rests[end]
                if rest is None:
                    continue
                part = self.told(slot.kind, slot.between.join(pieces[start:end]))
                if part is not None:
                    rests[start] = [part, *rest]
                    break
        return None if rests[0] is None else _BETWEEN[slot.between].join(rests[0])


def _may_fit(template: Template, text: str) -> bool:
    """Return whether the words of a template stand in a text, whatever their order."""
    first, *others = template.pieces[0], *template.words
    if isinstance(first, str) and not _begins(text, first):
        return False
    return all(words in text for words in others[isinstance(first, str) :])


def _begins(text: str, words: str) -> bool:
    """Return whether a text begins with some words, with a capital or without."""
    return text.startswith(words) or (text[:1].lower() + text[1:]).startswith(words)


def _ends(slot: Slot, rest: tuple[Piece, ...], text: str, start: int) -> Iterator[int]:
    """Yield where a slot may end: before each place of the words that follow, or at the end.

    No name holds a phrase that follows it: what looks like that is another sentence.
    """
    if not rest:
        if start < len(text):
            yield len(text)
        return
    words = rest[0]
    assert isinstance(words, str), "no two slots stand side by side"
    place = text.find(words, start + 1)
    while place >= 0:
        yield place
        if slot.kind == NAME and _PHRASE.search(words):
            return
        place = text.find(words, place + 1)
