"""``batch.csv`` and ``batch.json``: what became of every scenario so far."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from optimizer.batch.task import Row
from optimizer.errors import InputError
from optimizer.planning.record import package_version
from optimizer.results.run_folder import plain, regular
from optimizer.results.texts import harmless, parse_json

NAME, TABLE = "batch.json", "batch.csv"
COLUMNS = (
    "scenario", "status", "exit_code", "goal", "placed", "gap", "fairness", "cost_mean", "cost_p95",
    "seconds",
)  # fmt: skip


def write_batch(rows: Sequence[Row], folder: Path) -> None:
    """Write what is known so far; each file is there whole at any moment.

    One batch at a time writes into a folder, so what a killed one left is written over.
    """
    told = {
        "command": "batch",
        "version": package_version(),
        "scenarios": [asdict(row) for row in rows],
    }
    _replace(folder / NAME, json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    _replace(folder / TABLE, _table(rows))


def is_batch(folder: Path) -> bool:
    """Return whether a folder holds an earlier batch."""
    try:
        told = parse_json(regular(folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("command") == "batch"


def _table(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_cell(getattr(row, name)) for name in COLUMNS)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, float) else harmless(str(value))


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}-draft")
    try:
        # Made anew: whatever has that name, such as a link to elsewhere, is not written into.
        draft.unlink(missing_ok=True)
        try:
            with draft.open("x", encoding="utf-8", newline="\n", errors="replace") as file:
                file.write(text)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"--out {path.parent}: {path.name} cannot be written ({reason}); name another folder"
        ) from error
