"""What the benchmark of peers found, as Markdown."""

from __future__ import annotations

import math

from benchmarks.peer_list import CONTENDERS, OURS, PLAN
from benchmarks.peer_runs import ALLOCATION, STAGES, Series

SAME_F, KEPT = 1e-4, 1e-6
"""Largest difference of F, and breach of a rule, at which a plan counts as the same."""

HEAD = (
    "who", "runs", "programs", *STAGES, "whole", "CPU", "MB", "F off by", "worst breach",
    "× `plan`", "× allocation",
)  # fmt: skip

Found = dict[str, Series]


def table(found: Found) -> str:
    """Return the medians of one size; seconds unless the head says otherwise."""
    lines = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    for contender in CONTENDERS:
        if contender.name in found and not found[contender.name].skipped:
            cells = [contender.label, *_row(contender.name, found)]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _row(name: str, found: Found) -> list[str]:
    series = found[name]
    if not series.runs:
        return _row_without_runs(name, found)
    last = series.runs[-1]
    # the stages of `plan` do not tell its start from its imports
    stages = [_stage(series, stage) for stage in STAGES]
    worth = [_small(last[key]) if key in last else "–" for key in ("fairness_off", "violation")]
    return [
        f"{len(series.runs)}{'' if series.is_open else ', then stopped'}",
        f"{last.get('programs') or '–'}",
        *stages,
        seconds(series.median("whole")),
        seconds(series.median("processor")),
        f"{series.median('memory') / 1e6:.0f}",
        *worth,
        _ratio(series.median("whole"), found[PLAN].median("whole")),
        _allocation_ratio(name, found),
    ]


def _small(value: float) -> str:
    """Return a difference in one digit; 0 where it is the last digits of a number."""
    return f"{value:.0e}" if abs(value) > 1e-12 else "0"


def _stage(series: Series, stage: str) -> str:
    has = any(stage in run["seconds"] for run in series.runs)
    return seconds(series.stage(stage)) if has else "–"


def _row_without_runs(name: str, found: Found) -> list[str]:
    series = found[name]
    limit = series.stopped_after
    if limit is None:
        return ["failed", *["–"] * (len(HEAD) - 2)]
    ratios = [found[PLAN].median("whole"), found[OURS].stage(*ALLOCATION)]
    shown = [f"> {_ratio(limit, base)}" if base > 0 else "–" for base in ratios]
    middle = ["–"] * (len(HEAD) - 6 - len(STAGES))
    return ["stopped", "–", *["–"] * len(STAGES), f"> {limit:g}", *middle, *shown]


def _allocation_ratio(name: str, found: Found) -> str:
    series, ours = found[name], found[OURS]
    if name == PLAN or "solve" not in series.runs[-1]["seconds"]:
        return "–"
    return _ratio(series.stage(*ALLOCATION), ours.stage(*ALLOCATION))


def seconds(value: float) -> str:
    """Return seconds in three digits that count."""
    if value == 0 or not math.isfinite(value):
        return "–"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def _ratio(value: float, base: float) -> str:
    """Return a ratio in three digits; a dash where what it is a ratio to is not known."""
    return seconds(value / base) if math.isfinite(base) and base > 0 else "–"


def plan_stages(found: Found) -> str:
    """Return in a sentence where the seconds of `plan` go; empty where it has no run."""
    runs = found[PLAN].runs
    if not runs:
        return ""
    stages = [stage for stage in runs[0]["seconds"] if stage != "solve"]
    shown = [f"{stage} {seconds(found[PLAN].stage(stage))}" for stage in stages]
    rest = found[PLAN].median("whole") - found[PLAN].stage(*stages)
    return f"`plan` in stages: {', '.join(shown)}, start and imports {seconds(rest)}."


def notes(found: Found) -> list[str]:
    """Return in words who failed, or found another plan."""
    lines = []
    for contender in CONTENDERS:
        series = found.get(contender.name, Series())
        if series.failed:
            lines.append(f"{contender.label} failed: {series.failed}")
        for run in series.runs[-1:]:
            lines += [f"{contender.label}: {difference}" for difference in differences(run)]
    return lines


def differences(run: dict[str, float | str]) -> list[str]:
    """Return in words in what a plan is not the best one, or breaks a rule."""
    lines = []
    if abs(float(run.get("fairness_off", 0.0))) > SAME_F:
        lines.append(f"F is off by {float(run['fairness_off']):.1e} of the best")
    if abs(float(run.get("lacking", 0.0))) > KEPT:
        lines.append(f"{float(run['lacking']):.1e} of what can be placed is missing")
    if float(run.get("violation", 0.0)) > KEPT:
        lines.append(f"{run['rule']} broken by {float(run['violation']):.1e} of the limit")
    return lines
