"""Writing a run folder: whole or not at all, the same bytes for the same plan."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError

AMOUNTS = frozenset(("floor", "target", "stretch", "ask", "gap", "street", "potential", "capacity"))
"""Columns that hold whole multiples of the rounding."""

_SIGNIFICANT = 9
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def decimals_of(rounding: float) -> int:
    """Return how many decimals whole multiples of a rounding need."""
    if rounding <= 0:
        return 6
    exponent = Decimal(repr(rounding)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def plain(value: float) -> str:
    """Write a number with up to nine significant digits, no exponent; blank for unknown."""
    if not math.isfinite(value):
        return ""
    if value == 0:
        return "0"
    digits = _SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:.{max(digits, 0)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def harmless(text: str) -> str:
    """Keep a spreadsheet from running a text as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_table(table: pd.DataFrame, path: Path, decimals: Mapping[str, int]) -> None:
    """Write a table as CSV.

    Parameters
    ----------
    decimals : mapping of measure to decimals
        ``""`` where the table has no column ``measure``.
    """
    columns = [_texts(table, str(name), decimals) for name in table.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([str(name) for name in table.columns])
        writer.writerows(zip(*columns, strict=True))


def _texts(table: pd.DataFrame, name: str, decimals: Mapping[str, int]) -> list[str]:
    column = table[name]
    if column.dtype == bool:
        return ["true" if value else "false" for value in column]
    if not pd.api.types.is_numeric_dtype(column):
        if name in AMOUNTS:
            column = column.astype(float)
        else:
            return [harmless(str(value)) for value in column]
    values = column.to_numpy(dtype=float)
    if name not in AMOUNTS:
        return [plain(value) for value in values.tolist()]
    measures = table["measure"] if "measure" in table else [""] * len(table)
    return [
        "" if math.isnan(value) else f"{value:.{decimals[measure]}f}".replace("-0", "0", value == 0)
        for value, measure in zip(values.tolist(), measures, strict=True)
    ]


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON with sorted keys where order says nothing."""
    text = json.dumps(content, ensure_ascii=False, indent=2, default=_plain_number)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _plain_number(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no plain value")


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file below a folder, but for ``run.json``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.relative_to(folder).as_posix() != "run.json"
    }


def check_out(out: Path, command: str, *, force: bool) -> None:
    """Refuse an output folder that holds something else than an earlier run of the command.

    Raises
    ------
    InputError
    """
    if out.resolve() == Path.cwd():
        raise InputError(f"--out {out}: that is the folder you stand in; name another one")
    if not out.exists() or force:
        return
    if not out.is_dir():
        raise InputError(f"--out {out}: a file of that name exists; name another folder")
    if any(out.iterdir()) and earlier_command(out) != command:
        raise InputError(
            f"--out {out}: the folder is not empty and holds no earlier '{command}' run; "
            "name another folder, or use --force to replace it"
        )


def check_inputs_safe(out: Path, inputs: Iterable[Path]) -> None:
    """Refuse an output folder that holds files the scenario was read from.

    The ``scenario/`` folder of an earlier run may be planned again in its place: it is
    written anew.

    Raises
    ------
    InputError
    """
    folder = out.resolve()
    own_copy = folder / "scenario"
    for path in inputs:
        found = path.resolve()
        if found.is_relative_to(folder) and not (
            found.is_relative_to(own_copy) and earlier_command(out)
        ):
            raise InputError(
                f"--out {out}: the scenario is read from there ({path}) and would be deleted; "
                "name another folder"
            )


def earlier_command(folder: Path) -> str:
    """Return the command that made a run folder; empty where none did."""
    try:
        content = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(content.get("command", "")) if isinstance(content, dict) else ""


@contextmanager
def appearing_whole(out: Path | None) -> Iterator[Path]:
    """Yield a folder to write into that becomes `out` only if nothing fails.

    Without `out` the folder is thrown away in the end.
    """
    if out is None:
        with tempfile.TemporaryDirectory(prefix="quotaplan-") as folder:
            yield Path(folder)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise _cannot_write(out, error) from error
    try:
        yield draft
        try:
            draft.chmod(0o755)
            _put_in_place(draft, out)
        except OSError as error:
            raise _cannot_write(out, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _cannot_write(out: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(f"--out {out}: cannot be written ({reason}); name another folder")


def _put_in_place(draft: Path, out: Path) -> None:
    if not out.exists():
        draft.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    out.rename(old / "run")
    try:
        draft.rename(out)
    except OSError:
        (old / "run").rename(out)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
