"""The check of a recalibrated run: sums, caps, what was sold, limits, and what it says moved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.verify import check_recalibrated_limits
from optimizer.verify.failures import Failure, fault
from optimizer.verify.read_recalibrated import read_recalibrated
from optimizer.verify.recalibrated import EVERY, LABELS, Recalibrated
from optimizer.verify.terms import Terms

COMMAND = "recalibrate"
CHECK = "recalibration"

_MONEY = re.compile(r"-?[0-9]+\.[0-9]{2}")


def recalibration_checks(
    folder: Path, content: Mapping[str, Any], terms: Sequence[Terms]
) -> Iterator[tuple[str, Callable[[], Iterator[Failure]]]]:
    """Yield the file that each check mostly speaks of, and the check; measure by measure.

    Raises
    ------
    UnreadableError
        Where a file that all checks need cannot be read.
    """
    runs = list(read_recalibrated(folder, content, terms))
    yield "run.json", partial(check_measures, content, runs)
    for run in runs:
        for file, check in (
            ("targets.csv", check_whole),
            ("rollup.csv", check_rollup),
            ("run.json", check_totals),
            ("changes.csv", check_changes),
            ("changes.csv", check_pay_effects),
            ("pacing.csv", check_weeks),
            *check_recalibrated_limits.CHECKS,
        ):
            yield file, partial(check, run)


def check_measures(content: Mapping[str, Any], runs: Sequence[Recalibrated]) -> Iterator[Failure]:
    """Yield figures of ``run.json`` that are not those of the main measure."""
    for key in ("goal", "placed", "street", "gap", "recalibration"):
        if content.get(key) != runs[0].content.get(key):
            yield fault(CHECK, "run.json", key, "is not what the main measure says")
    statuses = [run.content.get("status") for run in runs]
    wanted = "gap" if "gap" in statuses else "complete"
    if content.get("status") != wanted:
        found = content.get("status")
        yield fault(CHECK, "run.json", "status", "does not fit the measures", wanted, found)


def check_whole(run: Recalibrated) -> Iterator[Failure]:
    """Yield targets that are no whole multiples, or out of order with floor and stretch."""
    for name in ("floor", "target", "stretch"):
        amount = run.targets[name]
        off = (amount / run.unit - (amount / run.unit).round()).abs() > 1e-6
        for row in run.targets.index[off | (amount < 0)]:
            words = "is no whole multiple of the rounding" if off[row] else "is negative"
            yield fault(CHECK, "targets.csv", f"row {row}, {name}", words, found=amount[row])
    wrong = (run.targets["floor"] > run.targets["target"]) | (
        run.targets["target"] > run.targets["stretch"]
    )
    for row in run.targets.index[wrong]:
        yield fault(CHECK, "targets.csv", f"row {row}", "floor, target and stretch do not rise")


def check_rollup(run: Recalibrated) -> Iterator[Failure]:
    """Yield sums that are not those of the targets, and streets that do not cover theirs."""
    levels = {"target": "street", "floor": "floor", "stretch": "stretch"}
    street = run.targets.rename(columns=levels)[[*LABELS, *levels.values()]]
    regional = run.leaves[[*LABELS, "ask", "target", "gap"]]
    company = run.rollup[run.rollup["team"] == EVERY]
    teams = run.rollup[run.rollup["team"] != EVERY]
    for rows, parts, columns in (
        (company, run.margins(street.assign(team=EVERY)), tuple(levels.values())),
        (company, run.margins(regional.assign(team=EVERY)), ("ask", "target", "gap")),
        (teams, run.margins(street[street["team"] != ""]), tuple(levels.values())),
    ):
        expected = parts.reindex(pd.MultiIndex.from_frame(rows[list(LABELS)])).fillna(0.0)
        for column in columns:
            told, right = rows[column].to_numpy(), expected[column].to_numpy()
            for at in np.flatnonzero(~(np.abs(told - right) <= run.give)).tolist():
                where = ", ".join(rows.iloc[at][list(LABELS)])
                words = f"{column} is not the sum of its parts"
                yield fault(CHECK, "rollup.csv", where, words, right[at], told[at])
    yield from _street(run)


def _street(run: Recalibrated) -> Iterator[Failure]:
    over = 1.0 + run.terms.over_rep
    columns = ["period", "region", "product", "ask", "target", "gap", "street"]
    for *place, ask, target, gap, street in run.leaves[columns].itertuples(index=False):
        where = ", ".join(place)
        if abs(ask - target - gap) > run.give or gap < -run.give:
            yield fault(CHECK, "rollup.csv", where, "gap is not what is asked less the target")
        if street < target - run.give:
            words = "the people carry less than the region's target"
            yield fault(CHECK, "rollup.csv", where, words, target, street)
        if street > over * target + run.unit + run.give:
            words = "the people carry more than over-assignment allows"
            yield fault(CHECK, "rollup.csv", where, words, over * target, street)


def check_totals(run: Recalibrated) -> Iterator[Failure]:
    """Yield totals of ``run.json`` that the tables do not show."""
    block = run.content["recalibration"]
    placed = float(run.leaves["target"].sum())
    own = run.leaves[run.leaves["period"] == run.period]
    shown = {
        "placed": (run.content.get("placed"), placed),
        "street": (run.content.get("street"), float(run.targets["target"].sum())),
        "gap": (run.content.get("gap"), max(float(run.content.get("goal", 0)) - placed, 0.0)),
        "recalibration.placed": (block["placed"], float(own["target"].sum())),
        "recalibration.gap": (block["gap"], max(block["goal"] - own["target"].sum(), 0.0)),
    }
    if run.terms.over_rep == 0 and run.has_people:
        shown["street of people"] = (placed, float(run.targets["target"].sum()))
    for key, (told, expected) in shown.items():
        if not isinstance(told, int | float) or abs(told - expected) > run.give:
            yield fault(CHECK, "run.json", key, "is not what the tables add up to", expected, told)
    if own["target"].sum() > block["goal"] + run.give:
        yield fault(CHECK, "rollup.csv", run.period, "more is placed than the total",
                    block["goal"], own["target"].sum())  # fmt: skip
    wanted = "gap" if float(run.content.get("gap", 0)) > 0 else "complete"
    if run.content.get("status") != wanted:
        yield fault(CHECK, "run.json", "status", "does not fit the gap", wanted,
                    run.content.get("status"))  # fmt: skip
    origin = run.content.get("origin")
    if not isinstance(origin, dict) or "sha256" not in origin:
        yield fault(CHECK, "run.json", "origin", "does not name the first plan")


def check_changes(run: Recalibrated) -> Iterator[Failure]:
    """Yield rows of ``changes.csv`` that do not lead to the targets."""
    columns = ["period", "region", "rep", "product", "before", "change", "after", "share", "reason"]
    for period, *place, before, change, after, share, reason in run.changes[columns].itertuples(
        index=False
    ):
        where, give = ", ".join(place), run.rough(after)
        now, first = (each.get(tuple(place), 0.0) for each in (run.now, run.first))
        if period != run.period:
            words = "is of another period"
            yield fault(CHECK, "changes.csv", where, words, run.period, period)
        if abs(before + change - after) > give:
            yield fault(CHECK, "changes.csv", where, "before and change do not make after")
        if abs(now - after) > give:
            yield fault(CHECK, "changes.csv", where, "after is not the target", now, after)
        if first > 0 and not abs(share - change / first) <= 1e-6:
            words = "share is not the change as a part of the original"
            yield fault(CHECK, "changes.csv", where, words, change / first, share)
        if not reason:
            yield fault(CHECK, "changes.csv", where, "gives no reason")


def check_pay_effects(run: Recalibrated) -> Iterator[Failure]:
    """Yield effects on pay that are no amounts of money, or not those of one person, told once."""
    told = set()
    columns = ["region", "rep", "product", "pay_effect"]
    for region, rep, product, effect in run.changes[columns].itertuples(index=False):
        if not effect:
            continue
        where = f"{region}, {rep}, {product}"
        if not _MONEY.fullmatch(effect):
            words = "pay_effect is no amount with two decimals"
            yield fault(CHECK, "changes.csv", where, words, found=effect)
        if rep in ("", EVERY):
            yield fault(CHECK, "changes.csv", where, "a region has an effect on pay", found=effect)
        if rep in told:
            yield fault(CHECK, "changes.csv", where, "an effect on pay is told twice", found=effect)
        told.add(rep)


def check_weeks(run: Recalibrated) -> Iterator[Failure]:
    """Yield weeks that do not keep what was sold, or do not add up to the target."""
    key = ["period", "region", "rep"]
    weeks, targets, sold = (
        _sums(table, key, column)
        for table, column in (
            (run.pacing, "target"), (run.targets, "target"), (run.sold, "amount"),
        )
    )  # fmt: skip
    for place in sorted({*targets, *weeks}):
        expected = max(targets.get(place, 0.0), sold.get(place, 0.0))
        if abs(weeks.get(place, 0.0) - expected) > run.weekly_give:
            words = "the weeks do not add up to the target"
            yield fault(CHECK, "pacing.csv", ", ".join(place), words, expected,
                        weeks.get(place, 0.0))  # fmt: skip
    both = run.sold.merge(run.pacing, on=[*key, "week"], how="inner")
    off = both[(both["amount"] - both["target"]).abs() > run.weekly_give]
    for _, each in off.iterrows():
        where = f"{each['rep'] or each['region']}, week {each['week']:g}"
        yield fault(CHECK, "pacing.csv", where, "a sold week is not what was sold",
                    each["amount"], each["target"])  # fmt: skip


def _sums(table: pd.DataFrame, key: list[str], column: str) -> dict[tuple[str, ...], float]:
    """Return the sums of a column by some labels."""
    sums = table.groupby(key, as_index=False)[column].sum()
    return {tuple(row[:-1]): float(row[-1]) for row in sums[[*key, column]].to_numpy().tolist()}
