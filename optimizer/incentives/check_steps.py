"""Tiers and bands as steps of one axis: in order, without gap or overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from optimizer.errors import Finding
from optimizer.incentives.build import build_threshold
from optimizer.incentives.plan import LEVELS, Threshold
from optimizer.incentives.words import threshold_text

Say = Callable[..., Finding]
"""Makes a finding: key, value, problem, remedy and, for a note, its severity."""

_ZERO, _ONE, _ENDLESS = Decimal(0), Decimal(1), Decimal("Infinity")
_RANGES = {"floor": (_ZERO, _ONE), "target": (_ONE, _ONE), "stretch": (_ONE, _ENDLESS)}


def check_steps(
    say: Say, path: str, steps: Sequence[Mapping[str, Any]], *, jumps: bool = False
) -> Iterator[Finding]:
    """Check the order of steps, and the ends that are written for them.

    Parameters
    ----------
    say : function
    path : str
        Of the list of steps.
    steps : sequence of keys
        ``from`` and perhaps ``to`` of each.
    jumps : bool
        Whether two steps may begin at one attainment, for a jump.
    """
    starts = [build_threshold(step["from"]) for step in steps]
    word = path.rpartition(".")[2]
    step = word.removesuffix("s")
    if _range(starts[0])[0] > 0 or starts[0].level:
        problem = f"nothing is said about pay below {threshold_text(starts[0])}, so it is 0 there"
        remedy = f"Begin the {word} with from = 0.0 to say it."
        yield say(f"{path}[0].from", steps[0]["from"], problem, remedy, "note")
    for index, (one, following) in enumerate(pairwise(starts), start=1):
        key, value = f"{path}[{index}].from", steps[index]["from"]
        if (_range(one) == _range(following) and one.level in ("", "target")) or one == following:
            if jumps and (index < 2 or starts[index - 2] != one):
                continue
            problem = f"two {word} begin at {threshold_text(following)}: they overlap"
            yield say(key, value, problem, f"Keep one {step} for each attainment.")
        elif _is_after(one, following):
            problem = f"this {step} begins below the one before it, at {threshold_text(one)}"
            yield say(key, value, problem, f"List the {word} from the lowest attainment up.")
    for index, written in enumerate(steps):
        if "to" in written:
            yield from _end(say, f"{path}[{index}].to", written, steps[index + 1 : index + 2])


def _end(
    say: Say, key: str, step: Mapping[str, Any], following: Sequence[Mapping[str, Any]]
) -> Iterator[Finding]:
    """Check where a step is said to end against where the next one begins."""
    start, end = build_threshold(step["from"]), build_threshold(step["to"])
    shown = threshold_text(end)
    if _range(start) == _range(end) or _is_after(start, end):
        problem = f"the end {shown} is not above the beginning {threshold_text(start)}"
        yield say(key, step["to"], problem, "An attainment equal to `to` belongs to the next step.")
    elif not following:
        problem = f"nothing is said above {shown}; the last step goes on"
        remedy = "Leave `to` out, or add a step that says what holds there."
        yield say(key, step["to"], problem, remedy, "note")
    elif (after := build_threshold(following[0]["from"])) != end and _range(after) != _range(end):
        begins = threshold_text(after)
        if _is_after(end, after):
            problem = f"this step ends at {shown} and the next begins at {begins}: they overlap"
        else:
            problem = f"nothing is said between {shown} and {begins}: a gap"
        yield say(key, step["to"], problem, f"End the step where the next begins, at {begins}.")


def _range(start: Threshold) -> tuple[Decimal, Decimal]:
    """Return between which attainments a threshold lies, whoever's it is."""
    if start.attainment is None:
        return _RANGES[start.level]
    return start.attainment, start.attainment


def _is_after(one: Threshold, other: Threshold) -> bool:
    """Return whether a threshold certainly lies above another."""
    if one.level and other.level:
        return LEVELS.index(one.level) > LEVELS.index(other.level)
    return _range(one)[0] > _range(other)[1]
