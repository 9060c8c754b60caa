"""Rules of pay as a page that those who are paid by them can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from optimizer.incentives.sentences import money
from optimizer.pay.exact import exact_decimals, shown
from optimizer.pay.example import Example
from optimizer.pay.run import PlannedPay
from optimizer.report.page_words import WORDS, Words
from optimizer.results.run_folder import command_folder

PAGE = "plan.md"

_MARKUP = re.compile(r"\\(?=[!-/:-@\[-`{-~])|<(?=[A-Za-z/!?])|[\[\]]")
"""What begins a tag, a link or a picture; and a backslash, which would take such a sign away."""

Draw = Callable[[Example, str, Path, str], None]


def render_pages(
    run: PlannedPay,
    found: Sequence[Example],
    pictures: Sequence[str],
    *,
    assumed: str = "",
    lang: str = "en",
) -> str:
    """Return the rules of pay as Markdown.

    Parameters
    ----------
    run : PlannedPay
    found : sequence of Example
        One for each plan that pays somebody.
    pictures : sequence of str
        File of the curve of each, blank for none.
    assumed : str
        What `optimizer.pay.before_plan` assumed; blank where there is a plan.
    lang : str
        ``en`` or ``zh``.
    """
    words = WORDS[lang]
    parts = [f"# {words.title.format(name=run.scenario.settings.name)}"]
    of_plan = {one.plan.name: (one, file) for one, file in zip(found, pictures, strict=True)}
    with exact_decimals():
        if assumed and found:
            parts.append(words.assumed[assumed])
        for plan in run.rules.plans:
            parts.append(f"## {plan.name}")
            parts.append(_list(words.plan(plan, run.unit, run.per_unit)))
            if plan.name in of_plan:
                parts += _example(*of_plan[plan.name], run, words)
        if run.rules.pools:
            parts += [f"## {words.pools}", _list(words.pool(pool) for pool in run.rules.pools)]
        if run.rules.awards:
            texts = _list(words.award(award, run.unit) for award in run.rules.awards)
            parts += [f"## {words.awards}", texts]
    return "\n\n".join([*map(_plain, parts), words.order]) + "\n"


def _plain(part: str) -> str:
    """Return a part of the page in which no name is markup; pictures are our own."""
    return part if part.startswith("![") else _MARKUP.sub(r"\\\g<0>", part)


def _list(sentences: Iterator[str]) -> str:
    # A text of several lines would leave its place in the list.
    return "\n".join(f"- {' '.join(one.split())}" for one in sentences)


def _example(example: Example, picture: str, run: PlannedPay, words: Words) -> Iterator[str]:
    unit = run.scenario.settings.unit
    values = (example.floor, example.target, example.stretch)
    levels = words.comma.join(
        f"{name} {_amount(value)}" for name, value in zip(words.levels, values, strict=True)
    )
    yield words.example.format(levels=f"{levels} {unit}".rstrip(), period=example.period)
    rows = [
        f"| {100 * point.attainment:.0f} % | {_amount(example.target * point.attainment)} | "
        f"{point.commission:,.2f} | {point.bonus:,.2f} | {point.payout:,.2f} |"
        for point in example.table
    ]
    told = run.unit.replace("|", "&#124;")
    head = words.head.format(unit=f" ({told})" if told else "")
    yield "\n".join([f"| {head} |", "|---:|---:|---:|---:|---:|", *rows])
    if example.left_out:
        yield words.left_out.format(names=words.also.join(example.left_out))
    for jump in example.jumps:
        text = words.rises if jump.amount > 0 else words.falls
        at, amount = shown(100 * jump.attainment, 2), money(abs(jump.amount), run.unit)
        yield text.format(at=at, amount=amount)
    if picture:
        yield f"![{words.picture}]({picture})"


def _amount(value: Decimal) -> str:
    """Return an amount of the plan with its thousands separated."""
    return f"{Decimal(shown(value)):,}"


def write_pages(
    run: PlannedPay,
    found: Sequence[Example],
    out: Path,
    *,
    force: bool = False,
    draw: Draw | None = None,
    form: str = "png",
    assumed: str = "",
    lang: str = "en",
) -> str:
    """Write the page and its pictures into a folder, and return the page.

    Parameters
    ----------
    run, found, assumed, lang
        As `render_pages` has them.
    out : Path
        New, empty, or an earlier ``plan-doc``, unless `force`.
    draw : function, optional
        Draws the curve of a plan into a file.
    form : str
        Ending of the pictures.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    kept, told = [run.folder / "run.json"], {"run": run.record.get("name", "")}
    with command_folder(out, "plan-doc", kept, told, force=force) as draft:
        pictures = [f"curve-{place}.{form}" for place, _ in enumerate(found, start=1)]
        if draw is not None:
            for example, picture in zip(found, pictures, strict=True):
                draw(example, run.unit, draft / picture, lang)
        shown_ones = [name if (draft / name).is_file() else "" for name in pictures]
        page = render_pages(run, found, shown_ones, assumed=assumed, lang=lang)
        (draft / PAGE).write_text(page, encoding="utf-8", newline="\n")
    return page
