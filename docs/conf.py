"""How the pages of this folder become a site: ``sphinx-build -W docs site``.

Pages are written to be read where they lie, too; links to files beside the folder are led to the
pages of the site that show them.
"""

import re
from importlib.metadata import version as installed_version
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "quotaplan"
author = "quotaplan contributors"
version = release = installed_version("quotaplan")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["schema"]

html_theme = "furo"
html_title = "quotaplan"
html_show_copyright = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False

_DOCS = Path(__file__).resolve().parent
_BESIDE = {
    "beside/readme": _DOCS.parent / "README.md",
    "beside/scenarios": _DOCS.parent / "scenarios" / "README.md",
    "beside/notebooks": _DOCS.parent / "notebooks" / "README.md",
    "beside/contributing": _DOCS.parent / "CONTRIBUTING.md",
    "beside/security": _DOCS.parent / "SECURITY.md",
    "beside/changelog": _DOCS.parent / "CHANGELOG.md",
}
"""Page of the site → the file beside this folder that it shows."""
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\n]+)\]\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def setup(app: Sphinx) -> None:
    """Lead links within the site."""
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", _within_the_site)


def _within_the_site(_app: Sphinx, page: str, source: list[str]) -> None:
    origin = _BESIDE.get(page, _DOCS / f"{page}.md")
    if page in _BESIDE:
        source[0] = origin.read_text(encoding="utf-8")
    source[0] = _LINK.sub(lambda link: _led(link, origin), source[0])


def _led(link: re.Match[str], origin: Path) -> str:
    """Return a link to a page of the site; the mere words where there is no such page."""
    place = (origin.parent / link["path"]).resolve()
    pages = {file: name for name, file in _BESIDE.items()}
    if place.suffix == ".md" and place.is_relative_to(_DOCS):
        pages[place] = place.relative_to(_DOCS).with_suffix("").as_posix()
    if place not in pages:
        return link["text"]
    return f"[{link['text']}](/{pages[place]}.md{link['anchor'] or ''})"
