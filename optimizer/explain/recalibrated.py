"""Why the targets of a recalibrated run are what they are: first plan, moves with reasons, now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.explain.stored import Explanations, bare_explanations, damaged, read_table
from optimizer.results.text_table import amount

COMMAND = "recalibrate"
FIRST = "first plan"
EARLIER = "earlier recalibrations"
PLANNED = "as planned"
"""Step of a period that was not recalibrated."""

_EVERY = "*"


@dataclass(frozen=True)
class Recalibrated:
    """What a run folder says of its recalibration, one measure of it.

    Attributes
    ----------
    period : str
    week : int
    cap : float
    gap : float
        Of all periods.
    home : mapping of rep to region
    not_moved : DataFrame
        ``not_moved.csv``.
    pay : mapping of rep to float
        What the moves do to pay at the projected landing, in pay units; of those of whom
        ``changes.csv`` tells it.
    """

    period: str
    week: int
    cap: float
    gap: float
    home: Mapping[str, str]
    not_moved: pd.DataFrame
    pay: Mapping[str, float] = field(default_factory=dict)

    def sentences(
        self, waterfall: pd.DataFrame, regions: pd.DataFrame, decimals: int
    ) -> Iterator[str]:
        """Yield a sentence per rep and period; per cell of a region in a regional plan."""
        if waterfall.empty:
            for (period, region, product), steps in _each(regions, ["period", "region", "product"]):
                yield self._sentence(f"{region}, {product}", period, steps, decimals)
        for (rep, period), steps in _each(waterfall, ["rep", "period"]):
            text = self._sentence(f"{rep} ({self.home[rep]})", period, steps, decimals)
            told = period == self.period and rep in self.pay
            yield f"{text} {_pay_text(self.pay[rep])}" if told else text

    def _sentence(self, who: str, period: str, steps: Mapping[str, float], decimals: int) -> str:
        now = sum(steps.values())
        reasons = {name: step for name, step in steps.items() if name not in (FIRST, EARLIER)}
        if PLANNED in steps:
            return f"{who}, {period}: {amount(now, decimals)}, as planned."
        if not reasons:
            stays = f"{who}, {period}: stays at {amount(now, decimals)}"
            first = steps.get(FIRST, 0.0)
            return (
                f"{stays}."
                if EARLIER not in steps
                else (f"{stays}; the first plan had {amount(first, decimals)}.")
            )
        before = now - sum(reasons.values())
        told = ", ".join(f"{step:+,.{decimals}f} for: {name}" for name, step in reasons.items())
        text = f"{who}, {period}: {amount(before, decimals)} to {amount(now, decimals)} ({told})."
        first = steps.get(FIRST, 0.0)
        if first <= 0:
            return text
        part = 100.0 * (now - first) / first
        whole = f"the first plan's {amount(first, decimals)}"
        return f"{text} That is {part:+.1f} % of {whole}; the cap is {100.0 * self.cap:.4g} %."


def _pay_text(effect: float) -> str:
    if not effect:
        return "Pay at the projected landing stays."
    return f"Pay at the projected landing changes by {effect:+,.2f}."


def load_recalibrated(
    folder: Path, record: Mapping[str, Any], measure: str | None = None
) -> tuple[Explanations, Recalibrated]:
    """Return the explanations of one measure of a recalibrated run, the main one if not named.

    Parameters
    ----------
    folder : Path
    record : mapping
        ``run.json``.
    measure : str, optional

    Raises
    ------
    InputError
        Where a file is missing, or there is no such measure.
    """
    bare = bare_explanations(folder, measure, list(record.get("measures", {})))
    measure = bare.measure
    block = record.get("measures", {}).get(measure, record)
    told = block["recalibration"]
    targets, changes, original, rollup = (
        read_table(folder, stem, measure) for stem in ("targets", "changes", "original", "rollup")
    )
    period = str(told["period"])
    first = original[original["period"] == period]
    leaves = rollup[
        (rollup["team"] == _EVERY) & (rollup["product"] != _EVERY) & (rollup["period"] != _EVERY)
        & rollup["region"].isin(set(targets["region"]))
    ]  # fmt: skip
    people = targets[targets["rep"] != ""]
    of_reps = changes[~changes["rep"].isin(["", _EVERY]) & (changes["product"] != _EVERY)]
    regional = changes[changes["rep"].isin(["", _EVERY])]
    of_people, of_cells = first[first["rep"] != ""], first[first["rep"] == ""]
    own = replace(
        bare,
        waterfall=_waterfalls(people, of_people, of_reps, period, ["region", "rep"]),
        regions=_waterfalls(leaves, of_cells, regional, period, ["region", "product"]),
        people=_people(people, bare.people),
    )
    home = dict(zip(own.people["rep"], own.people["region"], strict=True))
    if not set(own.waterfall["rep"]) <= home.keys():
        raise damaged(folder, "changes")
    not_moved = read_table(folder, "not_moved", measure)
    found = Recalibrated(
        period=period,
        week=int(told["week"]),
        cap=float(told["cap"]),
        gap=float(block["gap"]),
        home=home,
        not_moved=not_moved,
        pay=_pay(changes),
    )
    return own, found


def _pay(changes: pd.DataFrame) -> dict[str, float]:
    """Return rep → pay effect, which stands in one row of each rep."""
    told = changes[(changes["rep"] != "") & changes["pay_effect"].notna()]
    return dict(zip(told["rep"], told["pay_effect"].astype(float), strict=True))


def _people(targets: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return everybody with a target or a row in the inputs; who left among them."""
    both = pd.concat([known[["rep", "region"]], targets[["rep", "region"]]]).astype(object)
    return both.drop_duplicates("rep").reset_index(drop=True)


def _waterfalls(
    now: pd.DataFrame, first: pd.DataFrame, changes: pd.DataFrame, period: str, key: list[str]
) -> pd.DataFrame:
    """Return the steps of each target, those that moved most first; they add up to it.

    Returns
    -------
    DataFrame
        period, the labels of `key`, step, amount.
    """
    labels = ["period", *key]
    sums = now.groupby(labels, sort=False, observed=True)["target"].sum().reset_index()
    place = pd.MultiIndex.from_frame(sums[key].astype(object))
    is_own = (sums["period"] == period).to_numpy(dtype=bool)
    after = sums["target"].to_numpy(dtype=float)
    change, original = (
        _sum_of(table, key, column).reindex(place).fillna(0.0).to_numpy() * is_own
        for table, column in ((changes, "change"), (first, "target"))
    )
    parts = [
        sums.assign(
            step=np.where(is_own, FIRST, PLANNED), amount=np.where(is_own, original, after)
        ),
        sums.assign(step=EARLIER, amount=(after - change - original) * is_own),
    ]
    moves = changes.groupby([*key, "reason"], sort=False, observed=True)["change"].sum()
    told = moves.reset_index().assign(period=period)
    parts.append(told.rename(columns={"reason": "step", "change": "amount"}))
    table = pd.concat([part[[*labels, "step", "amount"]].astype({"step": object})
                       for part in parts], ignore_index=True)  # fmt: skip
    size = pd.Series(np.abs(change), index=pd.MultiIndex.from_frame(sums[labels].astype(object)))
    rank = -size.reindex(pd.MultiIndex.from_frame(table[labels].astype(object))).to_numpy()
    kept = table.assign(_rank=rank).sort_values(["_rank", *labels], kind="stable")
    is_step = kept["step"].isin([FIRST, PLANNED]) | (kept["amount"].abs() > _DUST)
    return kept.loc[is_step, [*labels, "step", "amount"]].reset_index(drop=True)


_DUST = 1e-9
"""Amounts that binary fractions leave."""


def _sum_of(table: pd.DataFrame, key: Sequence[str], column: str) -> pd.Series:
    labels = [table[name].astype(object) for name in key]
    return table[column].astype(float).groupby(labels).sum()


def _each(
    table: pd.DataFrame, keys: list[str]
) -> Iterator[tuple[tuple[str, ...], dict[str, float]]]:
    """Yield the labels and the steps of each waterfall, in the order of the table."""
    found: dict[tuple[str, ...], dict[str, float]] = {}
    columns = (table[name].tolist() for name in (*keys, "step", "amount"))
    for *place, step, value in zip(*columns, strict=True):
        found.setdefault(tuple(place), {})[step] = value
    yield from found.items()
