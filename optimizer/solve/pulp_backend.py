"""Solvers through PuLP: which there are, which are installed, and how a solve ended.

The only room that knows PuLP's codes. A solve counts only when PuLP calls the *solution*
optimal: after a time limit PuLP says "Optimal" for values that break the limits.

Tolerances: HiGHS and CBC are asked for 1e-9 (default 1e-7) on limits and on prices, so
amounts that the model scales to about 1 come back feasible to about 1e-9 of a typical cell.
Other solvers run with their own defaults. PuLP reads CBC's printed answer, which has eight
digits; the full ones are taken from CBC's binary solution file.
"""

from __future__ import annotations

import io
import struct
import subprocess
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from importlib import metadata
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pulp

from optimizer.errors import InputError, SolverError
from optimizer.solve.answer import ALLOWED
from optimizer.solve.quiet import QuietHighs

TOLERANCE = 1e-9
LARGE = 10_000
"""Columns from which HiGHS is asked for its interior point method."""

CBC = "CBC"
CBC_NAMES = (CBC, "COIN_CMD", "PULP_CBC_CMD")


class Termination(Enum):
    """How a solve ended; everything else is raised as `SolverError`."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"


def solver_names() -> tuple[str, ...]:
    """Return the names that `solve` understands, installed or not."""
    return (CBC, *sorted(set(pulp.listSolvers(onlyAvailable=False))))


def is_installed(name: str) -> bool:
    """Tell whether a solver of this name can run here."""
    if name in CBC_NAMES:
        return bool(_cbc().available())
    return name in solver_names() and bool(pulp.getSolver(name, msg=False).available())


def check_solver(name: str) -> None:
    """Raise in plain words if a solver is unknown or not installed."""
    if name not in solver_names():
        known = ", ".join(solver_names())
        raise InputError(f"There is no solver called {name}. Choose one of: {known}.")
    if not is_installed(name):
        present = ", ".join(each for each in solver_names() if is_installed(each))
        raise SolverError(f"The solver {name} is not installed. Installed here: {present}.")


def version(name: str) -> str:
    """Return the versions that stand behind a solver's name."""
    layer = f"PuLP {metadata.version('pulp')}"
    return f"{metadata.version('highspy')}, {layer}" if name == "HiGHS" else layer


def solve(problem: Any, name: str) -> Termination:
    """Solve a minimisation; its variables and rows then hold values and prices.

    Parameters
    ----------
    problem : pulp.LpProblem
    name : str
        One of `solver_names`, checked with `check_solver`.

    Returns
    -------
    Termination

    Raises
    ------
    SolverError
        If the solver fails or stops before it has an optimal solution or a proof that
        there is none.
    """
    for row in problem.constraints():
        row.pi = None  # so that no price of an earlier solve is taken for a new one
    try:
        with _room_of_its_own() as folder:
            if name in CBC_NAMES:
                _solve_cbc(problem, folder)
            else:
                solver = _solver(name, len(problem.variables()))
                solver.tmpDir = str(folder)
                problem.solve(solver)
    except pulp.PulpSolverError as error:
        raise SolverError(f"The solver {name} failed: {error}") from error
    termination = read_termination(problem, name)
    if termination is Termination.OPTIMAL:
        check_answer(problem, name)
    return termination


@contextmanager
def _room_of_its_own() -> Iterator[Path]:
    """Yield a folder that nobody else can enter, for what a solver writes; no trace is left.

    A solver that runs as a program is ended with the command that waits for it.
    """
    with tempfile.TemporaryDirectory(prefix="quotaplan-") as folder:
        try:
            yield Path(folder)
        except BaseException as error:
            for frame, _ in traceback.walk_tb(error.__traceback__):
                if str(frame.f_globals.get("__name__")).startswith("pulp."):
                    _end(frame.f_locals.values())
            raise


def _end(opened: Iterable[object]) -> None:
    """End the programs and close the files that PuLP began with and leaves when interrupted."""
    for each in opened:
        if isinstance(each, subprocess.Popen):
            each.kill()
            each.wait()
        elif isinstance(each, io.IOBase):
            each.close()


def check_answer(problem: Any, name: str) -> None:
    """Refuse an answer that is called optimal but breaks a limit, or holds no numbers.

    An amount that the solver leaves out stands in no row and is free to be 0.
    """
    values = {each.name: each.varValue or 0.0 for each in problem.variables()}
    for each in problem.variables():
        value = values[each.name]
        low = -inf if each.lowBound is None else each.lowBound
        high = inf if each.upBound is None else each.upBound
        _refuse(name, each.name, max(low - value, value - high), [value])
    for row in problem.constraints():
        terms = [factor * values[each.name] for each, factor in row.items()]
        over = row.constant + sum(terms)
        away = abs(over) if row.sense == pulp.LpConstraintEQ else -row.sense * over
        _refuse(name, row.name, away, terms)


def _refuse(name: str, where: str, away: float, terms: Sequence[float]) -> None:
    """Raise where a limit is missed by too large a part of its terms, or by no number."""
    if not away <= ALLOWED * max(1.0, sum(map(abs, terms))):
        raise SolverError(
            f"The solver {name} calls its plan optimal, but it breaks the rule {where} of the "
            f"model by {away:.3g}; nothing was planned. Try another solver, or the pooled method."
        )


def read_termination(problem: Any, name: str) -> Termination:
    """Translate PuLP's two codes; refuse whatever is not a finished solve."""
    if problem.sol_status == pulp.LpSolutionOptimal:
        return Termination.OPTIMAL
    if problem.status == pulp.LpStatusInfeasible:
        return Termination.INFEASIBLE
    said = pulp.LpStatus[problem.status].lower()
    raise SolverError(
        f"The solver {name} stopped without an optimal plan (it said: {said}). "
        "Try another solver, or the pooled method."
    )


class _QuietPulpHighs(pulp.HiGHS):  # type: ignore[misc]
    """HiGHS for PuLP, which would make an instance that prints."""

    def createAndConfigureSolver(self, lp: Any) -> None:
        """Give a problem its solver, with the options of this one."""
        lp.solverModel = QuietHighs()
        for option, value in {"threads": self.threads, **self.optionsDict}.items():
            lp.solverModel.setOptionValue(option, value)


def _solver(name: str, columns: int) -> Any:
    if name != "HiGHS":
        return pulp.getSolver(name, msg=False)
    options: dict[str, Any] = {
        "primal_feasibility_tolerance": TOLERANCE,
        "dual_feasibility_tolerance": TOLERANCE,
    }
    if columns > LARGE:
        options |= {"solver": "ipx", "run_crossover": "off"}
    # one thread, as everywhere: HiGHS refuses a second number of threads in a process
    return _QuietPulpHighs(msg=False, threads=1, **options)


def _cbc(options: Sequence[str] = ()) -> Any:
    """Return CBC: a separate install first, else the one that comes with PuLP."""
    installed = pulp.COIN_CMD(msg=False, mip=False, options=list(options))
    if installed.available():
        return installed
    bundled = pulp.PULP_CBC_CMD.pulp_cbc_path
    return pulp.COIN_CMD(path=bundled, msg=False, mip=False, options=list(options))


def _solve_cbc(problem: Any, folder: Path) -> None:
    if len(str(folder).split()) != 1:  # PuLP splits the command at blanks
        raise SolverError(
            f"The solver CBC cannot work in {folder.parent}, for the blank in its name; name "
            "another folder for temporary files in TMPDIR, or use the solver HiGHS."
        )
    full = folder / "full"
    options = [f"primalTolerance {TOLERANCE}", f"dualTolerance {TOLERANCE}"]
    # PuLP appends a second solve; without presolve it finds itself done at once
    options += ["initialSolve", f"saveSolution {full}", "presolve off"]
    first, second = _cbc(options), _cbc()
    first.tmpDir = second.tmpDir = str(folder)
    problem.solve(first)
    if problem.sol_status == pulp.LpSolutionOptimal and full.exists():
        _read_digits(problem, full.read_bytes())
    if problem.sol_status != pulp.LpSolutionOptimal:
        # at tight tolerances CBC's presolve takes rounding for a contradiction
        problem.solve(second)


def _read_digits(problem: Any, saved: bytes) -> None:
    """Replace CBC's printed values and prices by the saved ones, where both agree.

    The file holds two integers (rows, columns) and doubles: the objective, then row values,
    row prices, column values and column prices.
    """
    rows, columns = problem.constraints(), problem.variables()
    if len(saved) != 16 * (1 + len(rows) + len(columns)):
        return
    if struct.unpack("ii", saved[:8]) != (len(rows), len(columns)):
        return
    _, prices, values, _ = np.split(
        np.frombuffer(saved, offset=16), np.cumsum([len(rows), len(rows), len(columns)])
    )
    printed = np.array([column.varValue for column in columns], dtype=float)
    if not np.allclose(values, printed, rtol=1e-6, atol=1e-6):
        return
    for column, value in zip(columns, values.tolist(), strict=True):
        column.varValue = value
    for row, price in zip(rows, prices.tolist(), strict=True):
        row.pi = price
