"""Many what-ifs side by side: what one session answers, whatever the workers."""

from __future__ import annotations

from functools import partial

import pandas as pd
import pytest
from worlds import ROOT

from optimizer.change import edits
from optimizer.errors import InputError
from optimizer.whatif.answer import AMOUNTS
from optimizer.whatif.session import Session
from optimizer.whatif.sweep import sweep

COMPANY_A = ROOT / "scenarios" / "company-a"
GOALS = (900, 990, 1200, 1400, 1600)


def goals() -> dict[str, list[partial[object]]]:
    return {str(goal): [partial(edits.set_goal, target=goal)] for goal in GOALS}


def test_each_row_is_what_a_session_answers() -> None:
    found = sweep(COMPANY_A, goals())
    session = Session(COMPANY_A)
    assert list(found["name"]) == [str(goal) for goal in GOALS]
    for row, goal in zip(found.to_dict("records"), GOALS, strict=True):
        answer = session.goal(goal)
        assert [row[name] for name in AMOUNTS] == [getattr(answer, name) for name in AMOUNTS]
    assert list(found["gap"].round(6)) == [40, 67, 210, 410, 610]
    assert set(found["problem"]) == {""}


def test_workers_change_no_digit() -> None:
    pd.testing.assert_frame_equal(
        sweep(COMPANY_A, goals(), workers=2), sweep(COMPANY_A, goals()), check_exact=True
    )


def test_what_has_no_plan_says_why() -> None:
    wrong = {"nobody": [partial(edits.set_goal, target=-1)], "fine": []}
    found = sweep(COMPANY_A, wrong).set_index("name")
    assert found.loc["nobody", "problem"]
    assert pd.isna(found.loc["nobody", "gap"])
    assert (found.loc["fine", "problem"], found.loc["fine", "gap"]) == ("", 410)
    assert sweep(COMPANY_A, {}).empty


def test_what_cannot_be_sent_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="later: this change cannot be sent"):
        sweep(COMPANY_A, {"later": [lambda one: one]}, workers=2)
    assert len(sweep(COMPANY_A, {"here": [lambda one: one]})) == 1
