"""Pay as files: payouts, ledger, pools, and totals as JSON."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.pay.check import check_tables
from optimizer.pay.exact import exact_decimals
from optimizer.pay.pay import Pay
from optimizer.pay.tables import (
    LEDGER,
    POOLS,
    ledger_rows,
    payout_header,
    payout_rows,
    pool_rows,
)
from optimizer.results.run_folder import command_folder, write_json
from optimizer.results.texts import harmless

Draw = Callable[[Pay, Path], object]

_LABELS = frozenset(("period", "rep", "plan", "component", "tier", "pool", "group"))


@dataclass(frozen=True)
class Written:
    """What was written: the number of sums that were compared before."""

    checks: int


def write_pay(
    pay: Pay,
    out: Path,
    actuals: Path,
    *,
    force: bool = False,
    draw: Draw | None = None,
    lang: str = "en",
) -> Written:
    """Write pay into a folder, which appears whole or not at all.

    The ledger is counted again from the texts of the tables before they are written.

    Parameters
    ----------
    pay : Pay
    out : Path
        New, empty, or an earlier ``pay``, unless `force`.
    actuals : Path
        Never deleted.
    force : bool
        Replace `out` whatever it holds, but never the run or the actuals.
    draw : function, optional
        Writes a workbook into a folder.
    lang : str
        Language of what `draw` writes, for the record.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    DefectError
        Where the ledger does not add up.
    """
    with exact_decimals():
        header = payout_header(pay)
        payouts, ledger = list(payout_rows(pay)), list(ledger_rows(pay))
        pools = list(pool_rows(pay))
    checks = check_tables(header, payouts, ledger, pools)
    kept = [pay.run.folder / "run.json", actuals]
    told = {"run": pay.run.record.get("name", ""), "checks": checks, "lang": lang}
    with command_folder(out, "pay", kept, told, force=force) as draft:
        _write_csv(draft / "payouts.csv", header, payouts)
        _write_csv(draft / "ledger.csv", LEDGER, ledger)
        if pools:
            _write_csv(draft / "pools.csv", POOLS, pools)
        write_json(pay.as_dict(), draft / "pay.json")
        if draw is not None:
            draw(pay, draft)
    return Written(checks)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows of texts; labels are kept from being run as formulas, amounts are numbers."""
    labels = [place for place, name in enumerate(header) if name in _LABELS]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            cells = list(row)
            for place in labels:
                cells[place] = harmless(cells[place])
            writer.writerow(cells)
