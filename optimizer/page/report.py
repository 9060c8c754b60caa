"""The report of a run as a folder: a page, a workbook, and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import InputError
from optimizer.page.document import LANGUAGES
from optimizer.page.write import page_of
from optimizer.results.run_folder import command_folder, read_record
from optimizer.workbook.write import NAME, write_plan_workbook

PAGE = "report.html"

Draw = Callable[[Path, Path], object]


@dataclass(frozen=True)
class Report:
    """What was written.

    Attributes
    ----------
    folder : Path
    files : tuple of str
        Names of the files, but for the record.
    size : int
        Bytes of the page.
    """

    folder: Path
    files: tuple[str, ...]
    size: int


def write_report(
    run: Path | str,
    out: Path | str | None = None,
    *,
    compare: Sequence[Path | str] = (),
    lang: str = "en",
    region: str = "",
    xlsx: bool = True,
    force: bool = False,
    draw: Draw | None = None,
) -> Report:
    """Write the report of a run into a folder, which appears whole or not at all.

    Parameters
    ----------
    run : Path or str
        Run folder; what later commands wrote into it is told too.
    out : Path or str, optional
        New, empty, or an earlier ``report``, unless `force`; ``report`` in the run if left out.
    compare : sequence of Path or str
        Runs to hold against this one.
    lang : str
        ``en`` or ``zh``.
    region : str
        The only region to tell of, with all below it: then there is the page alone, and nothing
        of anybody else is in it.
    xlsx : bool
        Whether to write the workbook, which takes a minute for 10,000 people.
    force : bool
        Replace `out` whatever it holds, but never a run.
    draw : function, optional
        Draws pictures of a run folder into a folder.

    Raises
    ------
    InputError
        Where a run folder is none, something in it cannot be read, or `out` cannot be written.
    """
    if lang not in LANGUAGES:
        raise InputError(f"there is no page in {lang!r}; write {' or '.join(LANGUAGES)}")
    if region and compare:
        raise InputError(
            "a page of one region tells of no other run: name --region or --compare, not both"
        )
    folder = Path(run)
    others = [Path(other) for other in compare]
    place = Path(out) if out is not None else folder / "report"
    kept = [path / "run.json" for path in (folder, *others)]
    told = {"run": read_record(folder).get("name", ""), "lang": lang, "region": region}
    page = page_of(folder, lang=lang, region=region, compare=others)
    with command_folder(place, "report", kept, told, force=force) as draft:
        (draft / PAGE).write_text(page, encoding="utf-8", newline="\n")
        if xlsx and not region:
            write_plan_workbook(folder, draft / NAME, lang)
        if draw is not None and not region:
            draw(folder, draft)
        files = tuple(sorted(path.name for path in draft.iterdir()))
        size = (draft / PAGE).stat().st_size
    return Report(place, files, size)
