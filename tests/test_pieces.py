"""Pieces follow a solution to wherever it goes."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.model.pieces import Pieces


@pytest.mark.parametrize("steps", [1.0, 1.9, -1.9])
def test_a_solution_a_few_steps_away_is_reached(steps: float) -> None:
    """A linear program moves to the next breakpoint at most, round after round."""
    one = np.ones(1)
    pieces = Pieces.of(0.0 * one, 100.0 * one, 50.0 * one, lambda _, values: values)
    value, goal = pieces.value[0], 50.0 + steps * pieces.width[0]
    for _ in range(40):
        away = goal - value
        value += np.clip(away, -pieces.width[0], pieces.width[0])
        pieces.follow(np.array([value]))
    assert value == pytest.approx(goal, rel=1e-9)
    assert pieces.coarseness() < 1e-6
