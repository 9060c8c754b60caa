"""A linear program as sparse arrays, and HiGHS as the one that solves it.

Columns and rows are known by position only; whoever builds a program keeps the positions
that it was handed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np

from optimizer.errors import SearchEndedError, SolverError
from optimizer.problem.instance import Floats, Ints
from optimizer.solve.answer import Limits
from optimizer.solve.columnwise import columnwise, join
from optimizer.solve.quiet import QuietHighs


@dataclass(frozen=True)
class Solution:
    """Values and prices by position; empty where there is no solution.

    Attributes
    ----------
    feasible : bool
    values : (column,) floats
    price : (row,) floats
        Rise of the least cost per unit of the row's limit: at least 0 where the lower limit
        holds, at most 0 where the upper one does.
    cost : float
    """

    feasible: bool
    values: Floats
    price: Floats
    cost: float


_NOTHING = Solution(False, np.zeros(0), np.zeros(0), np.inf)


@dataclass
class ProgramBuilder:
    """Collects columns and rows: least cost subject to low ≤ row ≤ high, low ≤ column ≤ high."""

    _columns: list[tuple[Floats, Floats, Floats]] = field(default_factory=list)
    _rows: list[tuple[Floats, Floats]] = field(default_factory=list)
    _entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    _shifts: list[tuple[Ints, Floats]] = field(default_factory=list)
    columns: int = 0
    rows: int = 0

    def add_columns(self, low: Floats, high: Floats, cost: Floats) -> Ints:
        """Add columns and return their positions."""
        self._columns.append((low, high, cost))
        first, self.columns = self.columns, self.columns + len(low)
        return np.arange(first, self.columns)

    def add_rows(self, low: Floats, high: Floats) -> Ints:
        """Add empty rows and return their positions."""
        self._rows.append((low, high))
        first, self.rows = self.rows, self.rows + len(low)
        return np.arange(first, self.rows)

    def add_entries(self, row: Ints, column: Ints, value: Floats | float) -> None:
        """Put coefficients into rows; entries of one cell add up."""
        values = np.broadcast_to(np.asarray(value, dtype=float), row.shape)
        self._entries.append((row, column, values))

    def shift_rows(self, row: Ints, constant: Floats) -> None:
        """Add constants to rows, so that their limits hold for entries plus constant."""
        self._shifts.append((row, constant))

    def build(self) -> highspy.HighsLp:
        """Return the program for HiGHS."""
        low, high, cost = (join([part[k] for part in self._columns]) for k in range(3))
        row_low, row_high = (join([part[k] for part in self._rows]) for k in range(2))
        for row, constant in self._shifts:
            shift = np.bincount(row, weights=constant, minlength=self.rows)
            row_low, row_high = row_low - shift, row_high - shift
        none = [np.zeros(0, dtype=np.int64)]
        rows, columns = (np.concatenate([e[k] for e in self._entries] or none) for k in range(2))
        values = join([part[2] for part in self._entries])
        start, index, value = columnwise(rows, columns, values, self.columns, self.rows)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self.columns, self.rows
        program.col_cost_, program.col_lower_, program.col_upper_ = cost, low, high
        program.row_lower_, program.row_upper_ = row_low, row_high
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_ = start
        program.a_matrix_.index_ = index
        program.a_matrix_.value_ = value
        return program


_OPTIONS: dict[str, bool | int | float] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}

_SEARCH_OPTIONS: dict[str, float] = {"mip_rel_gap": 0.0}
_MOST_NODES, _LEAST_NODES, _SEARCH_SIZE = 2000, 50, 2_000_000
"""Nodes of a search: size / rows, within limits. Never seconds: they differ by machine."""

_LONGER = 20
"""How many times as long a search for any whole numbers may be."""

_LARGE = 1000
"""Rows of a program above which whole numbers are searched for near the relaxed ones first."""

WHOLE = 1e-6
"""How far from a whole number a value still counts as one."""

_SECOND_TRIES: tuple[dict[str, str | float], ...] = (
    {"presolve": "off"},
    {"primal_feasibility_tolerance": 1e-7, "dual_feasibility_tolerance": 1e-7},
    {"solver": "ipx"},
)
_DEFAULTS: dict[str, str] = {"presolve": "choose", "solver": "choose"}


class Solver:
    """HiGHS holding one program, warm between solves.

    Parameters
    ----------
    program : HighsLp
    presolve : bool
        False for a program that is small already: to shrink it would take longer than to solve.
    """

    def __init__(self, program: highspy.HighsLp, *, presolve: bool = True) -> None:
        self._highs = QuietHighs()
        self._limits = Limits(program)
        self._usual = {**_DEFAULTS, **({} if presolve else {"presolve": "off"}), **_OPTIONS}
        for option, value in self._usual.items():
            self._highs.setOptionValue(option, value)
        if self._highs.passModel(program) == highspy.HighsStatus.kError:
            raise SolverError("HiGHS refused the program; a number may be too large to handle.")

    def set_costs(self, columns: Ints, cost: Floats) -> None:
        """Change the cost of some columns."""
        self._limits.cost[columns] = cost
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), cost)

    def set_bounds(self, columns: Ints, low: Floats, high: Floats) -> None:
        """Change the bounds of some columns."""
        self._limits.column[:, columns] = low, high
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def set_row_bounds(self, rows: Ints, low: Floats, high: Floats) -> None:
        """Change the limits of some rows."""
        self._limits.row[:, rows] = low, high
        for row, least, most in zip(rows, low, high, strict=True):
            self._highs.changeRowBounds(int(row), float(least), float(most))

    def set_coefficients(self, rows: Ints, columns: Ints, values: Floats) -> None:
        """Change single coefficients."""
        self._limits.set_coefficients(rows, columns, values)
        items = zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True)
        for row, column, value in items:
            self._highs.changeCoeff(row, column, value)

    def solve(self) -> Solution:
        """Solve and return the solution; where HiGHS is at a loss, try again from scratch.

        Raises
        ------
        SolverError
            Where HiGHS stops without an answer, or with one that breaks the program's limits.
        """
        for options in ({}, *_SECOND_TRIES):
            if options:
                self._highs.clearSolver()
            for option, value in options.items():
                self._highs.setOptionValue(option, value)
            self._highs.run()
            found, fault = self._answer()
            if not fault:
                break
        for option in {option for options in _SECOND_TRIES for option in options}:
            self._highs.setOptionValue(option, self._usual[option])
        if fault:
            raise SolverError(fault)
        return found

    def solve_whole(
        self,
        whole: Ints,
        fair_loss: float,
        *,
        gap: float = 1e-6,
        most_nodes: int = _MOST_NODES,
        near: bool = False,
    ) -> Solution:
        """Solve with some columns in whole numbers, after `solve` has found a solution.

        A search is limited by its nodes, so the same program ends at the same numbers on any
        machine. In a large program, or where `near` asks for it, the columns that are whole
        already are kept first, which leaves few; all are free where that loses more than
        `fair_loss` of cost. A search that ends empty is tried again, longer, and then the first
        whole numbers are taken: nearness is given up, never a limit. `gap`: how much more than
        the least cost is as good.

        Raises
        ------
        SearchEndedError
            Where no search finds whole numbers, or proves that there are none.
        """
        highs = self._highs
        relaxed, rows = self._solution(), highs.getNumRow()
        kind = np.full(len(whole), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        highs.changeColsIntegrality(len(whole), whole.astype(np.int32), kind)
        self._limits.whole = whole
        for option, value in {**_SEARCH_OPTIONS, "mip_abs_gap": gap}.items():
            highs.setOptionValue(option, value)
        if near or rows > _LARGE:
            found = self._search_near(whole, relaxed)
            if found is not None and found.cost - relaxed.cost <= fair_loss:
                return found
        nodes = min(max(_SEARCH_SIZE // max(rows, 1), _LEAST_NODES), most_nodes)
        found = self._search(nodes)
        if found is None:
            highs.setOptionValue("mip_max_improving_sols", 1)
            found = self._search(_LONGER * nodes)
        if found is None:
            raise SearchEndedError(
                "No plan in whole units was found, though one may exist: set a finer rounding, "
                "or loosen a tight minimum, lock or limit by a few units."
            )
        return found

    def _search_near(self, whole: Ints, relaxed: Solution) -> Solution | None:
        """Search with all columns kept that are whole already; None where nothing is found."""
        value = np.rint(relaxed.values)
        kept = whole[np.abs(value - relaxed.values)[whole] < WHOLE]
        low, high = self._limits.column[:, kept]
        self.set_bounds(kept, value[kept], value[kept])
        found = self._search(_MOST_NODES)
        self.set_bounds(kept, low, high)
        return found if found is not None and found.feasible else None

    def _search(self, nodes: int) -> Solution | None:
        """Search for whole numbers; None where the nodes are used up before any is found."""
        self._highs.setOptionValue("mip_max_nodes", nodes)
        self._highs.clearSolver()
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in _INFEASIBLE:
            return _NOTHING
        if status not in _DONE and not self._has_point():
            return None
        found = self._solution()
        if fault := self._fault_of(found):
            raise SolverError(fault)
        return found

    def _solution(self) -> Solution:
        solution = self._highs.getSolution()
        return Solution(
            True,
            np.array(solution.col_value),
            np.array(solution.row_dual),
            float(self._highs.getInfo().objective_function_value),
        )

    def _answer(self) -> tuple[Solution, str]:
        """Return the answer of the last run, and what is wrong with it."""
        status = self._highs.getModelStatus()
        if status in _INFEASIBLE:
            return _NOTHING, ""
        if status not in _DONE:
            text = self._highs.modelStatusToString(status)
            return _NOTHING, f"HiGHS stopped without an answer ({text})."
        found = self._solution()
        return found, self._fault_of(found)

    def _fault_of(self, found: Solution) -> str:
        fault = self._limits.fault_of(found.values, found.cost)
        return fault and f"HiGHS calls its answer the best, but {fault}; nothing was planned."

    def _has_point(self) -> bool:
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        return bool(self._highs.getInfo().primal_solution_status == feasible)


_DONE = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty)
_INFEASIBLE = (
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)
