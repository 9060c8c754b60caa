"""Columns of labels, each label kept once however many rows have it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Labels:
    """Labels of an axis, ready for any number of columns.

    Parameters
    ----------
    labels : iterable of str
        They may repeat.

    Attributes
    ----------
    code : (label,) ints
        Place of each label among the different ones.
    distinct : Index
        The different labels, sorted.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self.code, self.distinct = _numbered(tuple(labels))

    def and_last(self, label: str) -> Labels:
        """Return these labels and one more, the last, that none of them is."""
        more = Labels(())
        place = int(self.distinct.searchsorted(label))
        code = np.append(self.code, place).astype(_smallest(len(self.distinct) + 1))
        code[:-1] += self.code >= place
        more.code, more.distinct = code, self.distinct.insert(place, label)
        return more

    def column(self, index: NDArray[Any]) -> pd.Categorical:
        """Return a column of labels by their index.

        Parameters
        ----------
        index : (row,) ints
            -1 is the last label.

        Returns
        -------
        Categorical
            Its categories are sorted, so that rows sort and group as texts would.
        """
        chosen = self.code[index] if len(index) else np.zeros(0, dtype=np.int8)
        return pd.Categorical.from_codes(chosen, categories=self.distinct)


def label_column(labels: Iterable[str], index: NDArray[Any]) -> pd.Categorical:
    """Return a column of labels by their index; see `Labels`."""
    return Labels(labels).column(index)


@lru_cache(maxsize=16)
def _numbered(labels: tuple[str, ...]) -> tuple[NDArray[Any], pd.Index]:
    """Return each label's number and the different labels, sorted.

    The same million names are put into several tables.
    """
    code, distinct = pd.factorize(pd.Index(labels, dtype="str", tupleize_cols=False), sort=True)
    return code.astype(_smallest(len(distinct))), distinct


def _smallest(count: int) -> np.dtype[Any]:
    """Return the smallest type that numbers so many labels, and -1."""
    return np.min_scalar_type(-max(count, 1))


def positions_of(column: pd.Series, names: pd.Index) -> NDArray[np.int64]:
    """Return where each label of a column stands among names that do not repeat; -1 where not."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(names.get_indexer(pd.Index(column)), dtype=np.int64)
    place = names.get_indexer(pd.Index(column.cat.categories.to_numpy(dtype=object)))
    return np.asarray(np.append(place, -1)[column.cat.codes.to_numpy()], dtype=np.int64)
