"""The tables of a run folder that tell why: their columns, and reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from optimizer.verify.files import first_file
from optimizer.verify.layout import Layout, Written, read_table

EXPLAIN = Layout(
    "explain",
    texts=("rep", "period", "step"),
    amounts=("amount",),
    filled=("rep", "period", "step", "amount"),
    key=("rep", "period", "step"),
)
EXPLAIN_REGIONS = Layout(
    "explain_regions",
    texts=("period", "region", "product", "step"),
    amounts=("amount",),
    filled=("period", "region", "product", "step", "amount"),
    key=("period", "region", "product", "step"),
)
ADVICE = Layout(
    "advice",
    texts=("lever", "where", "text"),
    amounts=("change", "closes"),
    filled=("lever", "where", "change", "closes", "text"),
    key=("lever", "where", "text"),
)
OFF_REFERENCE = Layout(
    "off_reference",
    texts=("rep", "region", "team", "role", "limit"),
    amounts=("reference", "target", "multiple"),
    filled=("region", "reference", "target"),
    key=("rep", "region"),
)
GROUPS = Layout(
    "fairness",
    texts=("group", "name", "limits"),
    amounts=("reps", "reference", "target", "multiple", "within_10", "within_20"),
    filled=("group", "reps", "reference", "target"),
    key=("group", "name"),
)
LOCKS = Layout(
    "locks",
    texts=("period", "region", "rep", "product", "owner", "reason", "expires", "text"),
    amounts=("amount", "price"),
    filled=("period", "region", "rep", "product", "amount", "price", "text"),
    key=("period", "region", "rep", "product", "amount", "owner", "reason", "expires"),
)
COMMITS = Layout(
    "commits",
    texts=("period", "region", "team", "rep"),
    amounts=("target", "commit", "difference"),
    filled=("period", "region", "rep", "target", "commit", "difference"),
    key=("period", "rep"),
)
ALWAYS = (EXPLAIN, EXPLAIN_REGIONS, ADVICE, OFF_REFERENCE, GROUPS)
WHERE_NEEDED = (LOCKS, COMMITS)
"""Tables that a run folder has only where there are rows for them."""


def read_telling(run: Path, measures: Sequence[str]) -> Mapping[str, Written]:
    """Read the tables that tell why, by the stem of their file.

    A table that a run has only where it needs one has no rows where its file is missing.
    """
    found = {layout.stem: read_table(run, layout, measures) for layout in ALWAYS}
    for layout in WHERE_NEEDED:
        path = first_file(run, layout.stem, layout.endings)
        found[layout.stem] = (
            read_table(run, layout, measures) if path.is_file() else _no_rows(layout, path.name)
        )
    return found


def _no_rows(layout: Layout, file: str) -> Written:
    texts = {name: pd.Series([], dtype=str) for name in layout.texts}
    amounts = {name: pd.Series([], dtype="float64") for name in layout.amounts}
    return Written(file, pd.DataFrame({**texts, **amounts}), ())
