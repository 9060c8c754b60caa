"""What pictures and workbooks of finance and pacing say, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from optimizer.chinese.sentences import in_chinese
from optimizer.report.wording_zh import CHINESE

_told = lru_cache(maxsize=4096)(in_chinese)


@dataclass(frozen=True)
class Wording:
    """Says things in a language.

    Attributes
    ----------
    lang : str
        ``en`` or ``zh``.
    """

    lang: str = "en"

    def __call__(self, text: str, /, **values: object) -> str:
        """Return a text, which is known in both languages, with values in the place of its slots.

        Parameters
        ----------
        text : str
            In English; one of `CHINESE`.
        **values
            Slot → what stands there, as it is shown.
        """
        return (CHINESE[text] if self.lang == "zh" else text).format(**values)

    def told(self, text: str, group: str) -> str:
        """Return what another part of the program has said; as it is where it is not known.

        Parameters
        ----------
        text : str
            In English.
        group : str
            Group of templates of `optimizer.chinese`.
        """
        return _told(text, group) if self.lang == "zh" else text

    def each(self, words: Mapping[str, str]) -> dict[str, str]:
        """Return name → text in this language, of name → text in English."""
        return {name: self(text) for name, text in words.items()}


ENGLISH = Wording()
