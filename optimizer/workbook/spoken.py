"""Tables to look things up in, with what programs say in them in the language of a workbook."""

from __future__ import annotations

import pandas as pd

from optimizer.chinese.sentences import each_in_chinese, in_chinese
from optimizer.chinese.templates import SENTENCE

_SAID = {
    "locked": {"text": SENTENCE},
    "gaps": {"cause": "limits"},
    "advice": {"lever": "lever", "text": SENTENCE},
    "changes": {"reason": SENTENCE},
    "not_moved": {"what": "refusal", "where": "slice", "text": SENTENCE},
    "limits": {"kind": "limit", "side": "side"},
    "off_reference": {"limit": "limits"},
    "explain": {"step": "step"},
}
"""Sheet → column that programs fill with words → group of templates."""


def in_language(sheet: str, frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return a table with its words and sentences in a language; names stay as they are.

    Parameters
    ----------
    sheet : str
        One of `SHEETS`.
    frame : DataFrame
    lang : str
        ``en`` or ``zh``.
    """
    columns = _SAID.get(sheet, {}) if lang == "zh" else {}
    told = {}
    for name in (name for name in columns if name in frame):
        texts = frame[name].astype("str")
        chinese = each_in_chinese(texts.dropna().unique(), columns[name])
        own = [chinese.get(text, text) for text in texts]
        told[name] = pd.Series(own, index=frame.index, dtype=texts.dtype)
    return frame.assign(**told)


def note_in_language(note: str, lang: str) -> str:
    """Return a note of a plan in a language."""
    return in_chinese(note) if lang == "zh" else note
