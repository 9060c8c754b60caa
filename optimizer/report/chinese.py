"""Fonts for names in any script: matplotlib's own font has no Chinese characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import matplotlib as mpl
from matplotlib import font_manager

from optimizer.errors import QuotaplanError

FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Arial Unicode MS",
)
"""Fonts with Chinese characters, in the order in which they are looked for."""


class NoFontError(QuotaplanError):
    """Texts of a picture are Chinese, and the machine has no font for them."""


@contextmanager
def fonts_for(texts: Iterable[str]) -> Iterator[None]:
    """Draw with a font that has the characters of some texts.

    Raises
    ------
    NoFontError
        Where a text is Chinese and the machine has no font for it.
    """
    if not any(is_chinese(text) for text in texts):
        yield
        return
    found = _known() or _known_after_a_look()
    if not found:
        raise NoFontError(
            "no pictures: some of their texts are Chinese and this machine has no font to draw "
            "them; install one, such as Noto Sans CJK (package fonts-noto-cjk)"
        )
    with mpl.rc_context({"font.sans-serif": [*found, "DejaVu Sans"], "axes.unicode_minus": False}):
        yield


def _known() -> list[str]:
    names = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in FONTS if name in names]


def _known_after_a_look() -> list[str]:
    """Look for fonts that were installed after matplotlib last listed them."""
    listed = {font.fname for font in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in listed:
            with suppress(OSError, RuntimeError):
                font_manager.fontManager.addfont(path)
    return _known()


def is_chinese(text: str) -> bool:
    """Return whether a text has characters that only a font for East Asia draws."""
    return any(unicodedata.east_asian_width(letter) in ("W", "F") for letter in text)
