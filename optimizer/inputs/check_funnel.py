"""Rules on funnels: steps, rates, whom they are for, and the table with rates of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from optimizer.domain.nearest import Known, meant
from optimizer.domain.tables import PASSED_THROUGH
from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.forms import is_match
from optimizer.inputs.settings import measure_names

MATCHED = ("rep", "region", "team", "role", "open", "ability", "resource", "fte", "name")
"""Columns of people that a funnel may match, besides the ``x_`` ones."""

Rule = Callable[[Case], Iterator[Finding]]


def _funnels(case: Case) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield path, sound keys and keys as written of each funnel."""
    written = case.document.keys.get("funnel", [])
    for index, funnel in enumerate(case.keys.get("funnel", [])):
        yield f"funnel[{index}]", funnel, written[index]


def _has_rates(case: Case) -> bool:
    """Tell whether rates may stand in the table ``activity``."""
    return "activity" in case.tables or "activity" in case.unread


def funnel_steps(case: Case) -> Iterator[Finding]:
    """Check that a funnel has steps, all with names of their own."""
    for path, funnel, written in _funnels(case):
        steps = funnel.get("steps")
        remedy = 'List the steps up to the deal, such as ["visit", "demo", "contract"].'
        if "steps" not in written:
            yield case.document.finding(f"{path}.steps", None, "the steps are missing", remedy)
        elif steps == []:
            yield case.document.finding(f"{path}.steps", steps, "there are no steps", remedy)
        for step, times in Counter(steps or ()).items():
            if not step or step != step.strip():
                problem = "a step has no plain name"
                yield case.document.finding(f"{path}.steps", step, problem, remedy)
            elif times > 1:
                problem = f"the step {step} stands there {times} times"
                remedy = "Name each step once."
                yield case.document.finding(f"{path}.steps", step, problem, remedy)


def funnel_rates(case: Case) -> Iterator[Finding]:
    """Check that a funnel has one conversion less than steps, and a deal size."""
    for path, funnel, written in _funnels(case):
        steps, rates = funnel.get("steps"), funnel.get("conversion")
        if steps and rates is not None and len(rates) != len(steps) - 1:
            problem = f"{len(steps)} steps need {len(steps) - 1} conversions, not {len(rates)}"
            remedy = "Give one conversion from each step to the next."
            yield case.document.finding(f"{path}.conversion", rates, problem, remedy)
        if _has_rates(case):
            continue
        elsewhere = "or give it in activity.csv."
        if steps and len(steps) > 1 and "conversion" not in written:
            problem = "the conversions are missing"
            remedy = f"Write one from each step to the next, such as [0.3, 0.25], {elsewhere}"
            yield case.document.finding(f"{path}.conversion", None, problem, remedy)
        if "deal_size" not in written:
            problem = "the deal size is missing"
            remedy = f"Write the mean amount of a deal, {elsewhere}"
            yield case.document.finding(f"{path}.deal_size", None, problem, remedy)


def funnel_measure(case: Case) -> Iterator[Finding]:
    """Check that a funnel is for a measure of the scenario."""
    known = measure_names(case.document.keys) if _measures_sound(case) else ()
    for path, funnel, _ in _funnels(case):
        name = funnel.get("measure")
        if name is not None and known and name not in known:
            problem = "the scenario has no such measure"
            yield case.document.finding(f"{path}.measure", name, problem, meant(name, list(known)))


def _measures_sound(case: Case) -> bool:
    return isinstance(case.document.keys.get("measure", {}), dict)


def funnel_match(case: Case) -> Iterator[Finding]:
    """Check that a funnel matches columns that people have, and values that somebody has."""
    people = case.tables.get("people")
    columns = list(MATCHED)
    if people is not None:
        columns = [
            name
            for name in map(str, people.frame)
            if name in MATCHED or name.startswith(PASSED_THROUGH)
        ]
    if "people" in case.unread:
        return
    held = {
        name: Known(people.text(name))
        for name in ("rep", "role", "team")
        if people is not None and name in columns
    }
    for path, funnel, _ in _funnels(case):
        match = funnel.get("match", {})
        if not is_match(match):
            problem = "this does not say whom to match"
            remedy = 'Write columns of people and values, such as { role = "senior" }.'
            yield case.document.finding(f"{path}.match", match, problem, remedy)
            continue
        for column, value in match.items():
            where = f"{path}.match.{column}"
            if column not in columns:
                problem = f"people have no column {column} to match"
                yield case.document.finding(where, value, problem, meant(column, columns))
            elif column in held:
                yield from _nobody(case, where, value, held[column])


def _nobody(case: Case, where: str, value: Any, known: Known) -> Iterator[Finding]:
    for one in value if isinstance(value, list) else [value]:
        if one not in known:
            problem = "nobody has this value, so the funnel matches nobody by it"
            yield case.document.finding(where, one, problem, known.remedy(one), "note")


def activity_rates(case: Case) -> Iterator[Finding]:
    """Check that rates of the table ``activity`` are above 0."""
    table = case.tables.get("activity")
    if table is None:
        return
    for column, remedy in (
        ("conversion", "Write a share above 0, such as 0.3, or leave the cell blank."),
        ("deal_size", "Write the mean amount of a deal, or leave the cell blank."),
    ):
        rows = table.numbers(column) == 0
        yield from table.listed(rows, column, "with 0 no deal ever comes about", remedy)


def activity_names(case: Case) -> Iterator[Finding]:
    """Check that the table ``activity`` names steps of a funnel and roles of people."""
    table, people = case.tables.get("activity"), case.tables.get("people")
    if table is None:
        return
    known = sorted({one for _, funnel, _ in _funnels(case) for one in funnel.get("steps") or ()})
    if known:
        steps = table.text("step")
        strange = ((steps != "") & ~steps.isin(known)).to_numpy(dtype=bool)
        yield from table.listed(
            strange,
            "step",
            "no funnel has such a step",
            lambda row: meant(str(steps.iloc[row]), known),
        )
    if "people" in case.unread:
        return
    roles = table.text("role")
    named = [] if people is None else sorted(set(people.text("role")) - {""})
    strange = ((roles != "") & ~roles.isin(named)).to_numpy(dtype=bool)
    yield from table.listed(
        strange,
        "role",
        "nobody in people has this role",
        lambda row: meant(str(roles.iloc[row]), named),
    )


RULES: tuple[Rule, ...] = (
    funnel_steps,
    funnel_rates,
    funnel_measure,
    funnel_match,
    activity_rates,
    activity_names,
)
