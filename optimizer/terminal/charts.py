"""What commands with pictures share: the option, and a note where a font is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def charts_option(default: str) -> Callable[[Any], Any]:
    """Return the option that chooses the form of pictures."""
    return click.option(
        "--charts",
        type=click.Choice(("png", "svg", "none")),
        default=default,
        show_default=True,
        help="Form of the pictures.",
    )


def noting_fonts(draw: Callable[..., Any]) -> Callable[..., None]:
    """Return a drawing function that leaves a picture out, with a note, where no font has it."""
    from optimizer.report.chinese import NoFontError

    def drawn(*what: Any) -> None:
        try:
            draw(*what)
        except NoFontError as error:
            click.echo(f"note: {error}", err=True)

    return drawn
