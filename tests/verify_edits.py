"""Ways to change small plans, and the list of changes with what rules must say of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from verify_company import by_effort, company, regional
from verify_plans import Check, Draft

from optimizer.verify.facts import Lock
from optimizer.verify.years import Years

Q1, Q2 = "2024Q1", "2024Q2"
WORLDS = {"company": company, "regional": regional, "by_effort": by_effort}


@dataclass(frozen=True)
class Change:
    """A change of a plan, and all that one rule has to say of it.

    Attributes
    ----------
    said : tuple of str
        Where | what should be there | what is; empty where the change is let pass.
    """

    name: str
    world: str
    check: Check
    change: Callable[[Draft], Draft]
    said: tuple[str, ...]


CHANGES: list[Change] = []


def change(name: str, world: str, check: Check, made: Callable[[Draft], Draft], *said: str) -> None:
    """Put a change on the list."""
    CHANGES.append(Change(name, world, check, made, said))


def crew(draft: Draft, **changes: object) -> Draft:
    """Return the plan of people that are changed in some fields."""
    return draft.of(crew=replace(draft.facts.crew, **changes))  # type: ignore[type-var]


def terms(draft: Draft, **changes: object) -> Draft:
    """Return the plan of settings that are changed in some fields."""
    return draft.of(terms=replace(draft.facts.terms, **changes))  # type: ignore[arg-type]


def closed(draft: Draft, leaf: int, period: int, product: int) -> Draft:
    """Return the plan where one cell has no market."""
    opened = draft.facts.opened.copy()
    opened[leaf, period, product] = False
    return draft.of(reference=replace(draft.facts.reference, opened=opened))


def inexact(draft: Draft) -> Draft:
    """Return the plan where shares alone do not settle the reference."""
    return draft.of(reference=replace(draft.facts.reference, exact=False))


def locked(draft: Draft, rep: int) -> Draft:
    """Return the plan with a lock on a rep's first period."""
    lock = replace(draft.facts.locks[0], where=(0, 0, -1), rep=rep)
    return draft.of(locks=(*draft.facts.locks, lock))


def fixed(draft: Draft, where: tuple[int, int, int], rep: int, amount: float) -> Draft:
    """Return the plan with one more lock on a rep."""
    return draft.of(locks=(*draft.facts.locks, Lock(where, rep, amount, "", "", "")))


def more(draft: Draft, rep: int, amount: float = 5.0) -> Draft:
    """Return the plan where a rep has a larger reference in the second period."""
    assert draft.facts.targets is not None
    targets = draft.facts.targets.copy()
    targets[rep, 1] += amount
    return draft.of(targets=targets)


def capped(draft: Draft, rep: int, most: float) -> Draft:
    """Return the plan where a rep has a capacity in the second period."""
    assert draft.facts.crew is not None
    high = draft.facts.crew.high.copy()
    high[rep, 1] = most
    return crew(draft, high=high)


def floored(draft: Draft, rep: int, least: float, period: int = 1) -> Draft:
    """Return the plan where a rep has a min in a period."""
    assert draft.facts.crew is not None
    low = draft.facts.crew.low.copy()
    low[rep, period] = least
    return crew(draft, low=low)


def loose(
    draft: Draft,
    least: tuple[float, ...] = (0.0, 0.0),
    most: tuple[float, ...] = (np.inf, np.inf),
) -> Years:
    """Return limits of a year for two reps."""
    return Years(np.array(least), np.array(most), np.full(2, np.inf), draft.facts.unit)


def faint(draft: Draft) -> Draft:
    """Return the plan where the last rep has a reference of half a unit before any work."""
    assert draft.facts.targets is not None
    targets = draft.facts.targets.copy()
    targets[-1, 0] = 0.5
    return draft.of(targets=targets)
