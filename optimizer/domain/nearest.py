"""The known name that an unknown one may be meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

LISTED = 20
"""How many known names are listed where none is like the one that was found."""

MANY = 2000
"""Above this many known names only those of the same beginning or letters are compared."""


def nearest(name: str, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the known name most like `name`, or None where none is like it.

    A slip of the pen comes first: at most one in three letters wrong, missing, too many or
    swapped with its neighbour. Else the names must share runs of letters: twice the letters in
    common over the letters of both is at least `cutoff`.
    """
    if len(known) > MANY:
        known = _alike(name, known)
    folded = {candidate.casefold(): candidate for candidate in known}
    written = name.casefold()
    slips = [
        (slip, candidate[:1] != written[:1], order, candidate)
        for order, candidate in enumerate(folded)
        if (slip := _slips(written, candidate)) is not None
    ]
    if slips:
        return folded[min(slips)[-1]]
    close = difflib.get_close_matches(written, folded, n=1, cutoff=cutoff)
    return folded[close[0]] if close else None


def _alike(name: str, known: Sequence[str]) -> list[str]:
    """Return names of the same letters first, then those that begin alike."""
    letters = sorted(name)
    same = [candidate for candidate in known if sorted(candidate) == letters]
    return [*same, *(candidate for candidate in known if candidate[:2] == name[:2])][:MANY]


def _slips(written: str, candidate: str) -> int | None:
    """Return the distance of two names; None where it is more than one in three letters."""
    most = max(len(written), len(candidate)) // 3
    if abs(len(written) - len(candidate)) > most:
        return None
    slips = distance(written, candidate)
    return slips if slips <= most else None


def distance(one: str, other: str) -> int:
    """Return how many slips make one text the other.

    A slip is a letter too many, missing or wrong, or two neighbours swapped; no letter is part
    of two slips (the restricted distance of Damerau and Levenshtein).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        here = [row]
        for column, facing in enumerate(other, start=1):
            least = min(
                last[column] + 1, here[column - 1] + 1, last[column - 1] + (letter != facing)
            )
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == facing:
                least = min(least, before[column - 2] + 1)
            here.append(least)
        before, last = last, here
    return last[-1]


def meant(name: str, known: Sequence[str]) -> str:
    """Return a remedy that names the nearest known name, or what is known at all."""
    match = nearest(name, known)
    if match is not None:
        return f"Did you mean {match}?"
    if not known:
        return "None is known here."
    known = list(dict.fromkeys(known))
    return f"Known here: {', '.join(known[:LISTED])}{', …' if len(known) > LISTED else ''}."


class Known:
    """Names that are known, and remedies for those that are not.

    To look for what was meant takes time, so only the first unknown names are told that.

    Parameters
    ----------
    names : iterable of str
        In any order; blanks are none.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted({*names} - {""})
        self._different = frozenset(self.names)
        self._asked = 0

    def __contains__(self, name: object) -> bool:
        return name in self._different

    def remedy(self, name: str) -> str:
        """Return what an unknown name may be meant to be."""
        self._asked += 1
        return meant(name, self.names) if self._asked <= LISTED else "Write one that is there."
