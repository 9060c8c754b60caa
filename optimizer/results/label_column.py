"""Columns of labels, each label kept once however many rows have it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def label_column(labels: Iterable[str], index: NDArray[Any]) -> pd.Categorical:
    """Return a column of labels by their index.

    Parameters
    ----------
    labels : iterable of str
        They may repeat.
    index : (row,) ints
        -1 is the last label.

    Returns
    -------
    Categorical
        Its categories are sorted, so that rows sort and group as texts would.
    """
    small, distinct = _numbered(tuple(labels))
    chosen = small[index] if len(index) else np.zeros(0, dtype=np.int8)
    return pd.Categorical.from_codes(chosen, categories=distinct)


@lru_cache(maxsize=16)
def _numbered(labels: tuple[str, ...]) -> tuple[NDArray[Any], pd.Index]:
    """Return each label's number and the different labels, sorted.

    The same million names are put into several tables.
    """
    code, distinct = pd.factorize(np.array([*labels], dtype=object), sort=True)
    return code.astype(np.min_scalar_type(-max(len(distinct), 1))), pd.Index(distinct)


def positions_of(column: pd.Series, names: pd.Index) -> NDArray[np.int64]:
    """Return where each label of a column stands among names that do not repeat; -1 where not."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(names.get_indexer(pd.Index(column)), dtype=np.int64)
    place = names.get_indexer(pd.Index(column.cat.categories.to_numpy(dtype=object)))
    return np.asarray(np.append(place, -1)[column.cat.codes.to_numpy()], dtype=np.int64)
