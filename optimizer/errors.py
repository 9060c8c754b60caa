"""Everything that can go wrong, and the exit code each kind carries.

QuotaplanError
├── InputError           2  the command line or the inputs are wrong
├── ContradictionError   4  inputs that are fine by themselves contradict each other
├── SolverError          1  a solver failed or answered wrongly
└── DefectError          1  a plan failed its own verification
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

_MOST = {"column": 200, "value": 200, "problem": 4_000, "remedy": 4_000}
"""Characters of a finding that are told: inputs may hold texts of any length."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing wrong, or worth noting, in the inputs.

    Attributes
    ----------
    file : str
        File or sheet, relative to the scenario folder; empty where none applies.
    row : int
        Row as a spreadsheet counts it (the header is row 1); 0 where none applies.
    column : str
        Column header or setting key; empty where none applies.
    value : str
        What was found, as written; only the beginning of a long text, as of `column`.
    problem, remedy : str
        What is wrong and what to do about it, in a planner's words.
    severity : str
        ``"error"`` or ``"note"``.
    """

    file: str
    row: int
    column: str
    value: str
    problem: str
    remedy: str
    severity: str = "error"

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            text = getattr(self, name)
            if len(text) > most:
                object.__setattr__(self, name, f"{text[: most - 1]}…")

    def __str__(self) -> str:
        place = self.file
        if self.row:
            place += f", row {self.row}"
        if self.column:
            place += f", column {self.column}"
        shown = f" (found: {self.value})" if self.value else ""
        problem = f"{self.problem.rstrip('.')}{shown}"
        said = f"{place}: {problem}" if place else problem
        said += "" if said.endswith("?") else "."
        return f"{said} {self.remedy}" if self.remedy else said


@dataclass(frozen=True)
class Part:
    """What one rep's minimum becomes where those of several must give.

    Attributes
    ----------
    rep : str
    limit, new_limit : float
        The usable minimum of the period as it stands, and the one to write instead.
    """

    rep: str
    limit: float
    new_limit: float


@dataclass(frozen=True)
class Change:
    """One change of the inputs that would help a contradiction away.

    Attributes
    ----------
    kind : str
        Family of the rule that must give, as in ``limits.csv``.
    side : str
        ``"min"``, ``"max"`` or ``"equal"``.
    period, region, product, rep : str
        Where; ``*`` means all.
    limit, amount : float
        The limit as it stands, and by how much it must move (positive): a share of its whole
        for share bands, else in the scenario's unit. A minimum is the usable one.
    text : str
        The change in words.
    new_limit : float or None
        What to write instead, in the terms of the inputs: a potential before its buffer, a
        minimum as the final figure of the period.
    parts : tuple of Part
        Of minimums: what each rep's becomes.
    """

    kind: str
    side: str
    period: str
    region: str
    product: str
    rep: str
    limit: float
    amount: float
    text: str
    new_limit: float | None = None
    parts: tuple[Part, ...] = ()


class QuotaplanError(Exception):
    """Base of all errors that quotaplan reports without a traceback."""

    exit_code = 1

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain data, for ``--json``."""
        return {"error": str(self), "exit_code": self.exit_code}


class InputError(QuotaplanError):
    """The command line or the inputs are wrong, each by itself."""

    exit_code = 2

    def __init__(self, findings: Sequence[Finding] | str) -> None:
        if isinstance(findings, str):
            findings = [Finding("", 0, "", "", findings, "")]
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding).rstrip() for finding in self.findings))

    def as_dict(self) -> dict[str, Any]:
        """Return the findings as plain data, for ``--json``."""
        return {
            "error": "the inputs are wrong",
            "exit_code": self.exit_code,
            "findings": [asdict(finding) for finding in self.findings],
        }


class ContradictionError(QuotaplanError):
    """Inputs that are fine by themselves contradict each other: no plan exists."""

    exit_code = 4

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = tuple(changes)
        lines = ["No plan keeps all these limits at once. The smallest set of changes that would:"]
        lines += [f"- {change.text}" for change in self.changes]
        super().__init__("\n".join(lines))

    def as_dict(self) -> dict[str, Any]:
        """Return the changes as plain data, for ``--json``."""
        return {
            "error": "the inputs contradict each other",
            "exit_code": self.exit_code,
            "changes": [asdict(change) for change in self.changes],
        }


class SolverError(QuotaplanError):
    """A solver failed, is not installed, or stopped before it was done."""


class SearchEndedError(SolverError):
    """A search for whole numbers ended before it found any, or proved that there are none."""


class DefectError(QuotaplanError):
    """A result failed its own verification: a defect of the program."""
