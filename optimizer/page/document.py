"""One HTML file that needs no other: data, words, style and script in it, and nothing fetched."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from optimizer.page.encode import to_json

LANGUAGES = ("en", "zh")
_STYLES = ("style.css", "print.css")
_SCRIPTS = (
    "base.js", "format.js", "data.js", "model.js", "table.js", "columns.js", "tree.js", "marks.js",
    "charts.js", "rules.js", "overview.js", "plan_views.js", "detail.js", "letters.js", "weeks.js",
    "after.js", "money.js", "start.js",
)  # fmt: skip
"""In the order in which they use each other."""

_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<noscript><p>{noscript}</p></noscript>
<div id="app"></div>
{blocks}
<script>{script}</script>
</body>
</html>
"""


def render_page(title: str, lang: str, blocks: Mapping[str, Any]) -> str:
    """Return the text of an HTML page.

    Parameters
    ----------
    title : str
    lang : str
        Language to open in: ``en`` or ``zh``; a reader may change it.
    blocks : mapping of name to plain data
        Each is parsed by the page when it is first looked at.
    """
    style, script = style_text(), script_text()
    words = json.loads(_text("words.json"))
    held = {**blocks, "words": words}
    return _PAGE.format(
        lang={"en": "en", "zh": "zh-Hans"}[lang],
        policy=policy(style, script),
        title=html.escape(title),
        style=style,
        noscript=html.escape(words[lang]["noscript"]),
        blocks="\n".join(
            f'<script type="application/json" id="{name}">{to_json(content)}</script>'
            for name, content in held.items()
        ),
        script=script,
    )


def policy(style: str, script: str) -> str:
    """Return the rule that a browser keeps: this style, this script, and nothing from anywhere.

    No text may become markup or a program either, whatever the script does with it.
    """
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )


def style_text() -> str:
    """Return the style of a page."""
    return "\n".join(_text(name) for name in _STYLES)


def script_text() -> str:
    """Return the script of a page, in a scope of its own."""
    return "\n".join(['"use strict";', "(() => {", *map(_text, _SCRIPTS), "})();"])


def _text(name: str) -> str:
    place = files("optimizer.page") / "browser" / name
    return place.read_text(encoding="utf-8").replace("\r\n", "\n")


def _digest(text: str) -> str:
    found = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(found).decode('ascii')}"
