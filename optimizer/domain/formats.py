"""Which tables of a run folder are CSV and which are Parquet."""

from __future__ import annotations

from optimizer.errors import InputError

FORMATS = ("auto", "csv", "parquet")
"""What may be asked for; ``auto`` goes by size."""

LARGE = 200_000
"""Tables of more rows are Parquet by themselves: few read them row by row."""


def check_format(table_format: str) -> None:
    """Refuse a format that is none.

    Raises
    ------
    InputError
    """
    if table_format not in FORMATS:
        raise InputError(f"--format {table_format}: choose one of {', '.join(FORMATS)}")


def is_parquet(rows: int, table_format: str) -> bool:
    """Return whether a table of so many rows becomes Parquet."""
    return table_format == "parquet" or (table_format == "auto" and rows > LARGE)
