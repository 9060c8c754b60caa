"""Rules of pay as a page that those who are paid by them can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from optimizer.incentives.sentences import award_sentence, money, plan_sentences, pool_sentence
from optimizer.pay.exact import exact_decimals, shown
from optimizer.pay.example import Example
from optimizer.pay.run import PlannedPay
from optimizer.results.run_folder import command_folder

PAGE = "plan.md"

Draw = Callable[[Example, str, Path], None]


def render_pages(run: PlannedPay, found: Sequence[Example], pictures: Sequence[str]) -> str:
    """Return the rules of pay as Markdown.

    Parameters
    ----------
    run : PlannedPay
    found : sequence of Example
        One for each plan that pays somebody.
    pictures : sequence of str
        File of the curve of each, blank for none.
    """
    parts = [f"# How we are paid: {run.scenario.settings.name}"]
    of_plan = {one.plan.name: (one, file) for one, file in zip(found, pictures, strict=True)}
    with exact_decimals():
        for plan in run.rules.plans:
            parts.append(f"## {plan.name}")
            parts.append("\n".join(f"- {one}" for one in plan_sentences(plan, run.unit,
                                                                       run.per_unit)))  # fmt: skip
            if plan.name in of_plan:
                parts += _example(*of_plan[plan.name], run)
        if run.rules.pools:
            parts.append("## Pools")
            parts.append("\n".join(f"- {pool_sentence(pool)}" for pool in run.rules.pools))
        if run.rules.awards:
            parts.append("## Awards")
            texts = (award_sentence(award, run.unit) for award in run.rules.awards)
            parts.append("\n".join(f"- {text}" for text in texts))
    parts.append(
        "Pay is worked out in this order: commission and bonus, gates, cap, pools, awards, "
        "guarantee. Every line is rounded to the cent by itself."
    )
    return "\n\n".join(parts) + "\n"


def _example(example: Example, picture: str, run: PlannedPay) -> Iterator[str]:
    unit = run.scenario.settings.unit
    levels = ", ".join(
        f"{name} {shown(value)}"
        for name, value in (("floor", example.floor), ("target", example.target),
                            ("stretch", example.stretch))
    )  # fmt: skip
    yield (
        f"An example: {levels} {unit}".rstrip() + f" in {example.period}, all products sold "
        "alike, every gate passed, nothing from rank or progress."
    )
    rows = [
        f"| {100 * point.attainment:.0f} % | {shown(example.target * point.attainment)} | "
        f"{point.commission:,.2f} | {point.bonus:,.2f} | {point.payout:,.2f} |"
        for point in example.table
    ]
    head = f"| attainment | sold | commission | bonus | pay ({run.unit}) |"
    yield "\n".join([head, "|---:|---:|---:|---:|---:|", *rows])
    if example.left_out:
        yield f"Not in these figures: what is paid on {' and '.join(example.left_out)}."
    for jump in example.jumps:
        word = "rises" if jump.amount > 0 else "falls"
        yield (
            f"At {shown(100 * jump.attainment, 2)} % pay {word} by "
            f"{money(abs(jump.amount), run.unit)} at once."
        )
    if picture:
        yield f"![Pay at each attainment]({picture})"


def write_pages(
    run: PlannedPay,
    found: Sequence[Example],
    out: Path,
    *,
    force: bool = False,
    draw: Draw | None = None,
    form: str = "png",
) -> str:
    """Write the page and its pictures into a folder, and return the page.

    Parameters
    ----------
    run, found
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
                draw(example, run.unit, draft / picture)
        shown_ones = [name if (draft / name).is_file() else "" for name in pictures]
        page = render_pages(run, found, shown_ones)
        (draft / PAGE).write_text(page, encoding="utf-8", newline="\n")
    return page
