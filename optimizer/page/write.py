"""The page of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.page.after import activities_block, proposal_block
from optimizer.page.compared import compared_block
from optimizer.page.document import render_page
from optimizer.page.later import cost_block, pace_block, pay_block, tables_block
from optimizer.page.plan import plan_blocks
from optimizer.page.rules import rules_block
from optimizer.page.run import PageRun, read_page_run
from optimizer.page.spoken import chinese_block

_TABLES = ("score", "review")


def page_of(run: Path, *, lang: str = "en", region: str = "", compare: Sequence[Path] = ()) -> str:
    """Return the page of a run as HTML.

    Parameters
    ----------
    run : Path
        Run folder; what later commands wrote into it is told too.
    lang : str
        Language to open in, ``en`` or ``zh``.
    region : str
        The only region to tell of, with all below it: nothing of anybody else is in the page.
    compare : sequence of Path
        Runs to hold against this one.

    Raises
    ------
    InputError
        Where a run folder is none, or something in it cannot be read.
    """
    found = read_page_run(run, region)
    name = str(found.record.get("name", "")) or run.name
    return render_page(name, lang, page_blocks(found, compare))


def page_blocks(run: PageRun, compare: Sequence[Path] = ()) -> dict[str, Any]:
    """Return all that a page carries, block by block; those without content are left out.

    Raises
    ------
    InputError
        Where something in a run folder cannot be read.
    """
    blocks: dict[str, Any] = {}
    for place, measure in enumerate(run.measures):
        for name, content in plan_blocks(run, measure).items():
            blocks[f"{name}-{place}"] = content
    plan = blocks["plan-0"]
    reps = plan["people"]["c"]["rep"]["l"] if plan["people"]["c"] else []
    seats = plan["seats"]
    blocks |= {
        "pace": pace_block(run, seats),
        "activities": activities_block(run, seats),
        "pay": pay_block(run, reps),
        "rules": rules_block(run, reps),
        "proposal": None if run.region else proposal_block(run),
        "cost": None if run.region else cost_block(run),
        "compared": compared_block(run.folder, () if run.region else compare),
        **{name: tables_block(run, name, seats) for name in _TABLES},
    }
    found = {name: content for name, content in blocks.items() if content is not None}
    found = {"core": _core(run, list(found)), **found}
    chinese = chinese_block(found)
    return found if chinese is None else {**found, "chinese": chinese}


def _core(run: PageRun, names: list[str]) -> dict[str, Any]:
    record = run.record
    told = ("name", "command", "status", "version", "method", "seed", "verification")
    return {
        **{name: record.get(name) for name in told},
        "assumptions": [] if run.region else record.get("assumptions", []),
        "recalibration": None if run.region else record.get("recalibration"),
        "region": run.region,
        "regions": {
            name: above
            for name, above in run.parents.items()
            if not run.region or name in run.inside
        },
        "periods": list(map(str, run.keys.get("periods", []))),
        "measures": list(run.measures),
        "funnel": run.has_funnel,
        "blocks": names,
    }
