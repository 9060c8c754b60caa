"""A second look at an answer: whether it keeps the limits of the program that was solved.

A solver that calls its answer optimal may still be wrong: after a time limit, on badly scaled
numbers, or by a defect. The limits are kept here beside the solver, so nothing is asked of it
but its values.
"""

from __future__ import annotations

import highspy
import numpy as np

from optimizer.problem.instance import Floats, Ints

ALLOWED = 1e-5
"""Part of a row's terms, or of 1 where they are smaller, by which its limit may be missed.

Searches for whole numbers leave up to 1e-6, so this is where a wrong answer begins.
"""


class Limits:
    """The numbers of a program, as it stands after all changes.

    Parameters
    ----------
    program : HighsLp
    """

    def __init__(self, program: highspy.HighsLp) -> None:
        matrix = program.a_matrix_
        self._rows = program.num_row_
        self._column = np.repeat(np.arange(program.num_col_), np.diff(np.array(matrix.start_)))
        self._row = np.array(matrix.index_, dtype=np.int64)
        self._value = np.array(matrix.value_, dtype=float)
        self.cost = np.array(program.col_cost_, dtype=float)
        self.column = _both(program.col_lower_, program.col_upper_)
        self.row = _both(program.row_lower_, program.row_upper_)
        self.whole: Ints = np.zeros(0, dtype=np.int64)

    def set_coefficients(self, rows: Ints, columns: Ints, values: Floats) -> None:
        """Change single coefficients."""
        known, place = self._column * self._rows + self._row, columns * self._rows + rows
        missing = np.setdiff1d(place, known)
        before = np.searchsorted(known, missing)
        known = np.insert(known, before, missing)
        self._column, self._row = np.divmod(known, max(self._rows, 1))
        self._value = np.insert(self._value, before, 0.0)
        self._value[np.searchsorted(known, place)] = values

    def fault_of(self, values: Floats, cost: float) -> str:
        """Return what is wrong with an answer, in words; empty where nothing is.

        Parameters
        ----------
        values : (column,) floats
        cost : float
            What the solver says the values cost.
        """
        if values.shape != self.cost.shape:
            return f"it has {len(values)} values for {len(self.cost)} amounts"
        if not (np.isfinite(values).all() and np.isfinite(cost)):
            return "some of its values are no numbers"
        terms = self._value * values[self._column]
        reached = np.bincount(self._row, weights=terms, minlength=self._rows).astype(float)
        column, row = _outside(values, self.column), _outside(reached, self.row)
        if max(column.max(initial=0.0), row.max(initial=0.0)) > ALLOWED:
            size = np.bincount(self._row, weights=np.abs(terms), minlength=self._rows)
            column /= np.maximum(np.abs(values), 1.0)
            row /= np.maximum(size, 1.0)
        away = float(max(column.max(initial=0.0), row.max(initial=0.0)))
        if away > ALLOWED:
            return f"its values break a limit by {away:.3g} of the amounts in it"
        whole = values[self.whole]
        part = float(np.abs(whole - np.rint(whole)).max(initial=0.0))
        if part > ALLOWED:
            return f"what should be whole is off by {part:.3g}"
        true = float(self.cost @ values)
        if abs(true - cost) > ALLOWED * max(float(np.abs(self.cost) @ np.abs(values)), 1.0):
            return f"it says that its values cost {cost:.9g}, but they cost {true:.9g}"
        return ""


def _both(low: list[float], high: list[float]) -> Floats:
    return np.array([low, high], dtype=float)


def _outside(values: Floats, limits: Floats) -> Floats:
    """Return by how much values leave their limits; not above 0 where they do not."""
    return np.asarray(np.maximum(limits[0] - values, values - limits[1]))
