"""Rules on the phases of a period, those that all follow and those of some."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.check_keys import FINEST, SUM_SLACK
from optimizer.inputs.findings import number
from optimizer.inputs.forms import is_match

MATCHED = ("rep", "region", "team", "role")
"""What phases of their own may be for."""

_USUAL = 3
"""Phases where no weeks, or no shares, are written."""

Rule = Callable[[Case], Iterator[Finding]]


def phases_sound(case: Case) -> Iterator[Finding]:
    """Check that phases have as many shares and names as weeks, and shares that add up to 1."""
    pacing = case.keys.get("pacing", {})
    yield from _phases(case, "pacing", pacing, pacing)
    for index, own in enumerate(pacing.get("by", ())):
        yield from _phases(case, f"pacing.by[{index}]", own, {**pacing, **own})


def _phases(
    case: Case, path: str, own: Mapping[str, Any], whole: Mapping[str, Any]
) -> Iterator[Finding]:
    """Check the keys of one block; `whole` has those of the block around it, too."""
    weeks, shares = own.get("weeks"), own.get("shares")
    expected = len(whole.get("weeks", range(_USUAL)))
    for key in ("shares", "names"):
        listed = own.get(key)
        if listed is not None and len(listed) != expected:
            problem = f"there are {len(listed)} {key} for {expected} phases"
            remedy = f"Give {path}.{key} one entry for each of {path}.weeks."
            yield case.document.finding(f"{path}.{key}", listed, problem, remedy)
    if weeks is not None and sum(weeks) == 0:
        problem = "the phases have no weeks"
        yield case.document.finding(f"{path}.weeks", weeks, problem, "Write some, as in [4, 6, 3].")
    given = len(whole.get("shares", range(_USUAL)))
    if weeks is not None and shares is None and len(weeks) != given:
        problem = f"{len(weeks)} phases need shares of their own"
        remedy = f"Add {path}.shares, one for each phase."
        yield case.document.finding(f"{path}.weeks", weeks, problem, remedy)
    if shares is not None and abs(sum(shares) - 1) > SUM_SLACK:
        problem = f"the shares add up to {number(float(sum(shares)))}, not 1"
        yield case.document.finding(f"{path}.shares", shares, problem, "Make them add up to 1.")


def whom_they_are_for(case: Case) -> Iterator[Finding]:
    """Check that phases of their own say whom they are for."""
    for index, own in enumerate(case.keys.get("pacing", {}).get("by", ())):
        match = own.get("match", {})
        if match and is_match(match) and set(match) <= set(MATCHED):
            continue
        problem = "this does not say whom the phases are for"
        remedy = f'Match one or more of {", ".join(MATCHED)}, as in {{ role = "senior" }}.'
        yield case.document.finding(f"pacing.by[{index}].match", match, problem, remedy)


def weekly_unit(case: Case) -> Iterator[Finding]:
    """Check that weekly targets are not rounded finer than amounts are kept."""
    unit = case.keys.get("pacing", {}).get("rounding", 0)
    if 0 < unit < FINEST:
        problem = f"the rounding unit {number(unit)} is finer than amounts are kept"
        remedy = f"Use at least {FINEST:.6f}, or 0 for no rounding."
        yield case.document.finding("pacing.rounding", unit, problem, remedy)


RULES: tuple[Rule, ...] = (phases_sound, whom_they_are_for, weekly_unit)
