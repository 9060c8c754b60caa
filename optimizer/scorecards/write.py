"""Scores as files: a table of lines and totals, a table of groups, and totals as JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.pay.scores import SCORES as FILE
from optimizer.results.run_folder import command_folder, write_json
from optimizer.results.texts import harmless
from optimizer.scorecards.past import FOLDER
from optimizer.scorecards.recount import recount
from optimizer.scorecards.scores import Scores
from optimizer.scorecards.summary import groups_of
from optimizer.scorecards.tables import GROUPS, SCORES, group_rows, score_rows

_LABELS = frozenset(
    ("period", "rep", "metric", "grade", "region", "team", "card", "source", "remark", "dimension",
     "name", "grades")
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What was written: the number of sums and ranks that were compared before."""

    checks: int


def write_scores(scores: Scores, out: Path, actuals: Path, *, force: bool = False) -> Written:
    """Write scores into a folder, which appears whole or not at all.

    Totals and ranks are counted again from the texts of the table before it is written.

    Parameters
    ----------
    scores : Scores
    out : Path
        New, empty, or an earlier ``score``, unless `force`.
    actuals : Path
        Never deleted.
    force : bool
        Replace `out` whatever it holds, but never the run or the actuals.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    DefectError
        Where lines do not add up.
    """
    rows = list(score_rows(scores.scores))
    checks = recount(SCORES, rows)
    told = {"run": scores.run.record.get("name", ""), "checks": checks}
    inputs = [scores.run.folder / "run.json", actuals]
    with command_folder(out, FOLDER, inputs, told, force=force) as draft:
        _write_csv(draft / FILE, SCORES, rows)
        groups = list(groups_of(scores.scores, scores.scorecard))
        _write_csv(draft / "score_by.csv", GROUPS, group_rows(groups))
        write_json(scores.as_dict(), draft / "score.json")
    return Written(checks)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows of texts; labels are kept from being run as formulas."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(
                harmless(cell) if name in _LABELS else cell
                for name, cell in zip(header, row, strict=True)
            )
