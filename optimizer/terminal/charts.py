"""What commands with pictures or a workbook share: options, and a note where a font is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from optimizer.terminal.options import Decorator, Function, decorated, language_option
from optimizer.terminal.streams import say


def charts_option(default: str) -> Decorator:
    """Return the option that chooses the form of pictures."""
    return click.option(
        "--charts",
        type=click.Choice(("png", "svg", "none")),
        default=default,
        show_default=True,
        help="Form of the pictures.",
    )


def xlsx_option(command: Function) -> Function:
    """Add the option that asks for a workbook."""
    return click.option("--xlsx", is_flag=True, help="Write the figures as a workbook too.")(
        command
    )


def finance_options(command: Function) -> Function:
    """Add what pictures and workbook of a command on the money of pay are asked for by."""
    language = language_option("Language of pictures and workbook.", show_default=True)
    return decorated(command, charts_option("none"), xlsx_option, language)


def further_files(
    command: str, form: str, xlsx: bool, lang: str
) -> Callable[[Any, Path], None] | None:
    """Return what adds pictures and a workbook to the folder of a command; None for neither.

    Parameters
    ----------
    command : str
        ``frontier``, ``pay``, ``stress`` or ``tune``; ``pay`` has no pictures.
    form : str
        ``png``, ``svg`` or ``none``.
    xlsx : bool
    lang : str
        ``en`` or ``zh``.
    """
    if form == "none" and not xlsx:
        return None

    def add(found: Any, folder: Path) -> None:
        if form != "none":
            noting_fonts(_pictures()[command])(found, folder, form, lang)
        if xlsx:
            from optimizer.report.finance_book import BOOKS

            BOOKS[command](found, folder / f"{command}.xlsx", lang)

    return add


def _pictures() -> dict[str, Callable[..., Any]]:
    """Return command → what draws its pictures; matplotlib is loaded for it."""
    from optimizer.report.frontier_figures import draw_frontier
    from optimizer.report.stress_figures import draw_stress
    from optimizer.report.tune_figures import draw_tuning

    return {"frontier": draw_frontier, "stress": draw_stress, "tune": draw_tuning}


def noting_fonts(draw: Callable[..., Any]) -> Callable[..., None]:
    """Return a drawing function that leaves a picture out, with a note, where no font has it."""
    from optimizer.report.chinese import NoFontError

    def drawn(*what: Any) -> None:
        try:
            draw(*what)
        except NoFontError as error:
            say(f"note: {error}", err=True)

    return drawn
