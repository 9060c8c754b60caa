"""Explanations as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optimizer.explain.explanation import Explanation
from optimizer.explain.recalibrated import Recalibrated
from optimizer.explain.recalibrated_text import render_moves, render_not_moved, render_standing
from optimizer.explain.rep_waterfalls import REP_STEPS
from optimizer.explain.waterfalls import CELL_STEPS
from optimizer.results.text_table import amount, render_table

_MOST_ROWS = 40
_MOST_SENTENCES = 12
_MOST_WAYS = 5
_TARGET = "target"


def render_explanation(explanation: Explanation) -> str:
    """Return sentences, waterfalls, binding limits and gaps, each where there is any."""
    stored = explanation.stored
    if explanation.recalibrated is not None:
        return _render_recalibrated(explanation, explanation.recalibrated)
    blocks = [
        render_sentences(explanation.sentences),
        render_waterfall(explanation.waterfall, stored.decimals),
        render_regions(explanation.regions, stored.decimals),
        render_limits(explanation.limits, stored.decimals),
        render_gaps(explanation.gaps, stored.decimals),
        render_advice(explanation.advice),
    ]
    head = f"amounts in {stored.unit}" if stored.unit else ""
    return "\n\n".join(block for block in (head, *blocks) if block)


def _render_recalibrated(explanation: Explanation, recalibrated: Recalibrated) -> str:
    decimals, unit = explanation.stored.decimals, explanation.stored.unit
    waterfall, regions = explanation.waterfall, explanation.regions
    blocks = [
        render_standing(recalibrated, unit, decimals),
        render_sentences(explanation.sentences),
        render_moves(waterfall, ["rep", "period"], decimals, "changes.csv"),
        render_moves(regions, ["region", "product", "period"], decimals, "changes.csv"),
        render_not_moved(recalibrated.not_moved),
    ]
    return "\n\n".join(block for block in blocks if block)


def render_sentences(sentences: Sequence[str]) -> str:
    """Return the first sentences, one a line, and how many there are more."""
    more = len(sentences) - _MOST_SENTENCES
    lines = list(sentences[:_MOST_SENTENCES])
    if more > 0:
        lines.append(f"… {more} more; name a rep, a region or a period to see them")
    return "\n".join(lines)


def render_waterfall(waterfall: pd.DataFrame, decimals: int) -> str:
    """Return the waterfalls of reps; the steps run down for one rep, across for more.

    Parameters
    ----------
    waterfall : DataFrame
        rep, period, step, amount.
    decimals : int
        Decimals of a target.
    """
    if waterfall.empty:
        return ""
    if waterfall["rep"].nunique() == 1:
        return _down(waterfall, REP_STEPS, decimals)
    return _across(waterfall, ["rep", "period"], REP_STEPS, decimals, "explain.csv")


def render_regions(regions: pd.DataFrame, decimals: int) -> str:
    """Return the waterfalls of regions by period and product.

    Parameters
    ----------
    regions : DataFrame
        period, region, product, step, amount.
    decimals : int
        Decimals of a target.
    """
    if regions.empty:
        return ""
    keys = ["region", "period", "product"]
    return _across(regions, keys, CELL_STEPS, decimals, "explain_regions.csv")


def render_limits(limits: pd.DataFrame, decimals: int) -> str:
    """Return binding limits, those with the largest prices first."""
    if limits.empty:
        return ""
    ranked = limits.iloc[limits["shadow_price"].abs().argsort(kind="stable")[::-1]]
    keys = ["kind", "side", "period", "region", "product", "rep"]
    rows = [
        [*(str(row[key]) for key in keys), amount(row["limit"], decimals),
         amount(row["value"], decimals), f"{row['shadow_price']:.4g}"]
        for _, row in ranked.head(_MOST_ROWS).iterrows()
    ]  # fmt: skip
    header = ["binding limit", *keys[1:], "limit", "value", "price"]
    return _with_more(render_table(header, rows, 3), len(ranked), "limits.csv")


def render_gaps(gaps: pd.DataFrame, decimals: int) -> str:
    """Return gaps with their causes, largest first."""
    if gaps.empty:
        return ""
    ranked = gaps.iloc[(-gaps["gap"]).argsort(kind="stable")]
    rows = [
        [row["period"], row["region"], row["product"], row["cause"].replace(";", ", "),
         amount(row["gap"], decimals)]
        for _, row in ranked.head(_MOST_ROWS).iterrows()
    ]  # fmt: skip
    header = ["period", "gap in", "product", "because of", "amount"]
    return _with_more(render_table(header, rows, 1), len(ranked), "gaps.csv")


def render_advice(advice: pd.DataFrame) -> str:
    """Return what would close the gap: the levers that help most, and the cheapest together."""
    if advice.empty:
        return ""
    together = advice["lever"] == "combination"
    single = advice[~together]
    lines = ["What would close the gap:"]
    lines += [f"- {text}" for text in single["text"].head(_MOST_WAYS)]
    if len(single) > _MOST_WAYS:
        lines.append(f"… {len(single) - _MOST_WAYS} more in advice.csv")
    lines += [f"- {text}" for text in advice.loc[together, "text"]]
    return "\n".join(lines)


def _down(waterfall: pd.DataFrame, steps: Sequence[str], decimals: int) -> str:
    rep = str(waterfall["rep"].iloc[0])
    periods = list(dict.fromkeys(waterfall["period"]))
    table = _pivot(waterfall, ["period"], steps).loc[periods]
    rows = [[str(step), *(_signed(value, decimals) for value in table[step])] for step in table]
    return render_table([rep, *periods], rows, len(periods))


def _across(
    waterfall: pd.DataFrame, keys: list[str], steps: Sequence[str], decimals: int, file: str
) -> str:
    found = waterfall[keys].drop_duplicates()
    listed = waterfall.merge(found.head(_MOST_ROWS), on=keys)
    table = _pivot(listed, keys, steps)
    rows = [
        [*(str(label) for label in labels), *(_signed(value, decimals) for value in values)]
        for labels, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    text = render_table([*keys, *map(str, table.columns)], rows, len(table.columns))
    return _with_more(text, len(found), file)


def _pivot(waterfall: pd.DataFrame, keys: list[str], steps: Sequence[str]) -> pd.DataFrame:
    table = waterfall.pivot_table(
        index=keys, columns="step", values="amount", aggfunc="sum", sort=False
    )
    table = table[[step for step in steps if step in table]]
    return table.assign(**{_TARGET: table.sum(axis=1)})


def _signed(value: float, decimals: int) -> str:
    return amount(value, decimals + 2)


def _with_more(text: str, rows: int, file: str) -> str:
    return text if rows <= _MOST_ROWS else f"{text}\n… {rows - _MOST_ROWS} more in {file}"
