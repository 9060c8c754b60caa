"""Who runs in the benchmark of peers, and how each is started."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SCENARIO, ARRAYS, INSTANCE = "scenario", "world.npz", "instance.pickle"
"""What lies in the folder that a process is given."""

PLAN, OURS, FLOOR, IMPORTS = "plan", "allocation", "floor", "imports"
RUN = "run"
"""Folder, beside the scenario, that `plan` writes to."""


WAYS = ("refined", "even", "known")
"""How F is cut into pieces for linear programs (`peer_pieces`)."""


HIGHS: dict[str, dict[str, str]] = {
    "simplex": {"solver": "simplex"},
    "ipx": {"solver": "ipx", "run_crossover": "off"},
}
"""Options of HiGHS by algorithm: its default, and interior point in its quickest form."""


@dataclass(frozen=True)
class Contender:
    """One thing that is run and timed.

    Attributes
    ----------
    name : str
        For the command line and the JSON.
    label : str
        For tables and plots.
    module, variant : str
        Of ``benchmarks``, and what it is told; ``highs`` stands for the chosen algorithm.
    needs : tuple of str
        Packages without which it is skipped.
    squared : bool
        Whether it takes F as it is, not in pieces.
    """

    name: str
    label: str
    module: str = ""
    variant: str = "-"
    needs: tuple[str, ...] = ()
    squared: bool = False

    @property
    def lacking(self) -> tuple[str, ...]:
        """Packages that are needed and not installed."""
        return tuple(package for package in self.needs if find_spec(package) is None)

    def arguments(self, folder: Path, pieces: str, algorithm: str) -> list[str]:
        """Return what follows ``python`` to run it on what lies in a folder.

        Parameters
        ----------
        folder : Path
        pieces : str
            How F is cut for linear programs.
        algorithm : str
            Of HiGHS, where it stands behind a modelling layer.
        """
        if self.name == PLAN:
            return ["cli.py", "plan", str(folder / SCENARIO), "--out", str(folder / RUN), "--force"]
        if self.name == IMPORTS:
            return ["-c", "import numpy, pandas"]
        way = "squared" if self.squared else pieces
        variant = algorithm if self.variant == "highs" else self.variant
        return ["-m", "benchmarks.peer_process", self.module, variant, way, str(folder)]


CONTENDERS = (
    Contender(IMPORTS, "`import numpy, pandas`"),
    Contender(FLOOR, "`pandas.read_csv` of the inputs", "peer_floor"),
    Contender(PLAN, "quotaplan, `plan`"),
    Contender(OURS, "quotaplan, allocation alone", "peer_ours"),
    Contender("highspy-ipx", "highspy, interior point", "peer_highspy", "ipx"),
    Contender("highspy-simplex", "highspy, simplex", "peer_highspy", "simplex"),
    Contender("pulp-cbc", "PuLP + CBC", "peer_pulp", "cbc"),
    Contender("pulp-highs", "PuLP + HiGHS", "peer_pulp", "highs"),
    Contender("linopy-highs", "linopy + HiGHS", "peer_linopy", "highs", ("linopy",)),
    Contender("pyomo-highs", "Pyomo + HiGHS", "peer_pyomo", "highs", ("pyomo",)),
    Contender("cvxpy-highs", "cvxpy + HiGHS", "peer_cvxpy", "highs", ("cvxpy",)),
    Contender(
        "cvxpy-clarabel",
        "cvxpy + Clarabel, F squared",
        "peer_cvxpy",
        "clarabel",
        ("cvxpy", "clarabel"),
        squared=True,
    ),
)
"""In the order in which they take turns."""

ALWAYS = (IMPORTS, FLOOR, PLAN, OURS)
"""What everything else is compared with."""
