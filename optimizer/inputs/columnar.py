"""Parquet → cells. This room is loaded only when a scenario has a Parquet file."""

from __future__ import annotations

import importlib
import io

import pandas as pd

from optimizer.errors import Finding, InputError


def read_columns(data: bytes, source: str) -> pd.DataFrame:
    """Return the columns of a Parquet file under their own headers.

    Raises
    ------
    InputError
        Where pyarrow is not installed, or the file is no Parquet.
    """
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        problem = "reading Parquet needs pyarrow, which is not installed"
        remedy = 'Install it with: pip install "quotaplan[parquet]"'
        raise InputError([Finding(source, 0, "", "", problem, remedy)]) from error
    try:
        frame: pd.DataFrame = parquet.read_table(io.BytesIO(data)).to_pandas()
    except Exception as error:  # pyarrow has its own tree of errors
        problem = "the file is no Parquet table, or a damaged one"
        remedy = "Write it again, or save the table as CSV UTF-8."
        raise InputError([Finding(source, 0, "", "", problem, remedy)]) from error
    return frame.reset_index(drop=True)
