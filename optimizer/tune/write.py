"""Tuned rates as files: figures as JSON, and rules of pay to plan or stress with."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli_w

from optimizer.incentives.read import FILE
from optimizer.results.run_folder import command_folder, write_json
from optimizer.tune.rate import BONUS
from optimizer.tune.tune import Tuning

Draw = Callable[[Tuning, Path], object]


def write_tuning(
    found: Tuning,
    out: Path,
    *,
    force: bool = False,
    draw: Draw | None = None,
    lang: str = "en",
) -> None:
    """Write tuned rates into a folder, which appears whole or not at all.

    Parameters
    ----------
    out : Path
        New, empty, or an earlier ``tune``, unless `force`.
    force : bool
        Replace `out` whatever it holds, but never the run.
    draw : function, optional
        Draws pictures, or writes a workbook, into a folder.
    lang : str
        Language of what `draw` writes, for the record.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    rules = tuned_rules(found)
    kept, told = [found.folder / "run.json", found.source], {"run": found.name, "lang": lang}
    with command_folder(out, "tune", kept, told, force=force) as draft:
        write_json(found.as_dict(), draft / "tune.json")
        (draft / FILE).write_text(tomli_w.dumps(rules), encoding="utf-8", newline="\n")
        if draw is not None:
            draw(found, draft)


def tuned_rules(found: Tuning) -> dict[str, Any]:
    """Return the keys of ``incentive.toml`` with the new rates."""
    keys = tomllib.loads(found.source.read_text(encoding="utf-8-sig"))
    plans = {plan["name"]: plan for plan in keys["plan"]}
    for rate, value in zip(found.design.rates, found.rates["after"], strict=True):
        plan = plans[rate.plan]
        if rate.block == BONUS:
            plan["bonus"]["bands"][rate.step]["multiplier"] = value
        else:
            plan["commission"][rate.block]["tiers"][rate.step]["rate"] = value
    return keys
