"""Many questions to one scenario, asked side by side.

>>> from functools import partial
>>> goals = {str(goal): [partial(edits.set_goal, target=goal)] for goal in (9_000, 10_000)}
>>> sweep("scenarios/annual", goals, workers=2)      # doctest: +SKIP
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError, QuotaplanError
from optimizer.whatif.answer import AMOUNTS
from optimizer.whatif.session import Edit, Session
from optimizer.workers.cluster import Cluster
from optimizer.workers.here import on_this_machine
from optimizer.workers.workers import in_order

_TURNS = 4
"""Times that each process takes questions: few, since it solves the base each time."""

Question = tuple[str, tuple[Edit, ...]]
Line = dict[str, float | str]


@dataclass(frozen=True)
class _Part:
    """Questions that one process asks one session."""

    scenario: Scenario | str
    measure: str
    questions: tuple[Question, ...]


def sweep(
    scenario: Scenario | Path | str,
    questions: Mapping[str, Sequence[Edit]],
    *,
    measure: str = "",
    workers: int = 1,
    dask: str | None = None,
) -> pd.DataFrame:
    """Return what each of many changes of a scenario comes to.

    Parameters
    ----------
    scenario : Scenario or path
    questions : mapping of name to changes
        As `Session.ask` takes them. What other processes are to ask must be picklable:
        ``functools.partial(edits.set_goal, target=9_000)``, not a lambda.
    measure : str, optional
    workers : int
        Processes; same digits.
    dask : str, optional
        Address of a Dask scheduler to ask there instead.

    Returns
    -------
    DataFrame
        A row per question in their order: name, goal, placed, gap, street, unfairness, and
        problem, which says why where there is no plan.

    Raises
    ------
    InputError
        Where the scenario is wrong, or a question cannot be sent to another process.
    ContradictionError
        Where the scenario itself has no plan.
    """
    given = scenario if isinstance(scenario, Scenario) else str(Path(scenario).resolve())
    asked = [(name, tuple(changes)) for name, changes in questions.items()]
    beside = workers > 1 or dask is not None
    size = math.ceil(len(asked) / (_TURNS * workers)) if beside and asked else max(len(asked), 1)
    parts = [
        _Part(given, measure, tuple(asked[begin : begin + size]))
        for begin in range(0, len(asked), size)
    ]
    if beside:
        _check_sendable(asked)
    chosen = on_this_machine(workers) if dask is None else Cluster(dask)
    lines = [line for part in in_order(chosen, _ask, parts) for line in part]
    return pd.DataFrame(lines, columns=["name", *AMOUNTS, "problem"])


def _ask(part: _Part) -> list[Line]:
    session = Session(part.scenario, part.measure)
    return [_line(session, name, changes) for name, changes in part.questions]


def _line(session: Session, name: str, changes: tuple[Edit, ...]) -> Line:
    try:
        answer = session.ask(*changes, name=name)
    except QuotaplanError as error:
        return {"name": name, **dict.fromkeys(AMOUNTS, math.nan), "problem": str(error)}
    return {"name": name, **{amount: getattr(answer, amount) for amount in AMOUNTS}, "problem": ""}


def _check_sendable(questions: Sequence[Question]) -> None:
    for name, changes in questions:
        try:
            pickle.dumps(changes)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise InputError(
                f"{name}: this change cannot be sent to another process; use "
                "functools.partial(edits.set_goal, target=9000) and the like, or one worker"
            ) from error
