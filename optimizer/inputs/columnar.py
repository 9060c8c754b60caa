"""Parquet → cells. This room is loaded only when a scenario has a Parquet file."""

from __future__ import annotations

import pandas as pd

from optimizer.columnar import read_parquet
from optimizer.errors import Finding, InputError


def read_columns(data: bytes, source: str) -> pd.DataFrame:
    """Return the columns of a Parquet file under their own headers.

    Raises
    ------
    InputError
        Where the file is no Parquet.
    """
    try:
        return read_parquet(data)
    except ValueError as error:
        problem = "the file is no Parquet table, or a damaged one"
        remedy = "Write it again, or save the table as CSV UTF-8."
        raise InputError([Finding(source, 0, "", "", problem, remedy)]) from error
