"""Why the numbers of a rep, a region or a period are what they are, from a run folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.errors import Finding, InputError
from optimizer.explain.recalibrated import COMMAND, Recalibrated, load_recalibrated
from optimizer.explain.sentences import CELL_STEPS, REP_STEPS, cell_sentence, rep_sentence
from optimizer.explain.stored import Explanations, damaged, load_explanations
from optimizer.results.run_folder import read_record

_EVERY = "*"


@dataclass(frozen=True)
class Explanation:
    """The part of a run's explanations that was asked for.

    Attributes
    ----------
    stored : Explanations
        All of the run's.
    waterfall : DataFrame
        rep, period, step, amount.
    regions : DataFrame
        period, region, product, step, amount.
    limits : DataFrame
        Binding limits there: those on the chosen place, and those above it.
    gaps : DataFrame
        Gaps there, with causes.
    advice : DataFrame
        What would close the gap of the whole plan; empty where none of it lies there.
    recalibrated : Recalibrated or None
        Of a recalibrated run, whose waterfalls lead from the first plan over moves to now.
    """

    stored: Explanations
    waterfall: pd.DataFrame
    regions: pd.DataFrame
    limits: pd.DataFrame
    gaps: pd.DataFrame
    advice: pd.DataFrame
    recalibrated: Recalibrated | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """A sentence per rep and period; per cell of a region in a regional plan."""
        if self.recalibrated is not None:
            told = self.recalibrated.sentences(self.waterfall, self.regions, self.stored.decimals)
            return tuple(told)
        if self.stored.waterfall.empty:
            return tuple(self._cell_sentences())
        return tuple(self._rep_sentences())

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data, for ``--json``."""
        tables = {
            name: getattr(self, name).to_dict("records")
            for name in ("waterfall", "regions", "limits", "gaps", "advice")
        }
        if self.recalibrated is not None:
            tables["not_moved"] = self.recalibrated.not_moved.to_dict("records")
        return {"measure": self.stored.measure, "sentences": list(self.sentences), **tables}

    def _rep_sentences(self) -> Iterator[str]:
        stored = self.stored
        home = dict(zip(stored.people["rep"], stored.people["region"], strict=True))
        heads = stored.people["region"].value_counts().to_dict()
        concerned = stored.limits["rep"].isin(set(self.waterfall["rep"]))
        limits, notes = _own_limits(stored.limits[concerned]), _lock_notes(stored.locks)
        unit = 10.0**-stored.decimals
        for (rep, period), steps in _waterfalls(self.waterfall, ["rep", "period"]):
            region = home.get(rep)
            if region is None or not {"equal share"} <= steps.keys() <= REP_STEPS:
                raise damaged(stored.folder, "explain")
            if (region, period) not in stored.totals:
                raise damaged(stored.folder, "rollup")
            found = limits.get((rep, period), {}) | limits.get((rep, _EVERY), {})
            ask, target = stored.totals[region, period]
            yield rep_sentence(
                rep,
                region,
                period,
                steps,
                decimals=stored.decimals,
                colleagues=heads[region],
                ask=ask,
                inside=abs(target - ask) < unit,
                limits={kind: limit for kind, limit in found.items() if kind != "lock"},
                own_lock=notes.get((rep, period), notes.get((rep, _EVERY))),
            )

    def _cell_sentences(self) -> Iterator[str]:
        keys = ["period", "region", "product"]
        for (period, region, product), steps in _waterfalls(self.regions, keys):
            if not {"shares"} <= steps.keys() <= CELL_STEPS:
                raise damaged(self.stored.folder, "explain_regions")
            yield cell_sentence(period, region, product, steps, decimals=self.stored.decimals)


def explain_run(
    run: Path | str,
    rep: str | None = None,
    region: str | None = None,
    period: str | None = None,
    measure: str | None = None,
) -> Explanation:
    """Explain the numbers of a run folder, from its files alone.

    Parameters
    ----------
    run : path
        A run folder that ``plan`` or ``recalibrate`` wrote.
    rep, region, period : str, optional
        What to explain; everything else is left out. A region stands for all below it. Of a
        recalibrated run the period that was recalibrated is explained if none is named.
    measure : str, optional
        The main one if not named.

    Raises
    ------
    InputError
        Where the folder holds no explanations, or a name is not known in it.
    """
    record, recalibrated = read_record(Path(run)), None
    if record.get("command") == COMMAND:
        stored, recalibrated = load_recalibrated(Path(run), record, measure)
        period = period or recalibrated.period
    else:
        stored = load_explanations(run, measure)
    reps = _chosen_reps(stored, rep, region)
    leaves = _chosen_leaves(stored, rep, region)
    periods = _chosen_periods(stored, period)
    waterfall, regions, gaps = stored.waterfall, stored.regions, stored.gaps
    if rep is not None or region is not None:
        waterfall = waterfall[waterfall["rep"].isin(reps)]
        regions = regions[regions["region"].isin(leaves)]
        gaps = gaps[gaps["region"].isin(leaves)]
    waterfall, regions, gaps = (
        table[table["period"].isin(periods)].reset_index(drop=True)
        for table in (waterfall, regions, gaps)
    )
    limits = stored.limits[stored.limits["binding"] == "true"]
    if rep is not None or region is not None:
        above = {name for leaf in leaves for name in stored.line_of(leaf)}
        limits = limits[limits["region"].isin({*above, _EVERY})]
        limits = limits[limits["rep"].isin({*reps, _EVERY})]
    limits = limits[limits["period"].isin({*periods, _EVERY})].reset_index(drop=True)
    advice = stored.advice if len(gaps) else stored.advice.iloc[:0]
    return Explanation(stored, waterfall, regions, limits, gaps, advice, recalibrated)


def _waterfalls(
    table: pd.DataFrame, keys: list[str]
) -> Iterator[tuple[tuple[str, ...], dict[str, float]]]:
    """Yield the labels and the steps of each waterfall; its rows stand together."""
    labels = zip(*(table[key].tolist() for key in keys), strict=True)
    rows = zip(labels, table["step"].tolist(), table["amount"].tolist(), strict=True)
    for place, steps in groupby(rows, key=itemgetter(0)):
        yield place, {step: amount for _, step, amount in steps}


def _own_limits(limits: pd.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """Return each rep's capacity, min and locks by period."""
    own = limits[limits["rep"] != _EVERY]
    found: dict[tuple[str, str], dict[str, float]] = {}
    for rep, period, kind, limit in zip(
        own["rep"], own["period"], own["kind"], own["limit"].tolist(), strict=True
    ):
        found.setdefault((rep, period), {})[kind] = limit
    return found


def _lock_notes(locks: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return who wanted each lock on a rep and why, in brackets; empty where nobody said."""
    own = locks[locks["rep"] != _EVERY]
    found = {}
    for rep, period, owner, reason in zip(
        own["rep"], own["period"], own["owner"], own["reason"], strict=True
    ):
        said = ": ".join(filter(None, (owner, reason)))
        found[rep, period] = f" ({said})" if said else ""
    return found


def _chosen_reps(stored: Explanations, rep: str | None, region: str | None) -> list[str]:
    people = stored.people
    if rep is not None:
        if rep not in set(people["rep"]):
            raise _unknown("rep", rep, list(people["rep"]))
        home = _home(stored, rep)
        if region is not None and region not in stored.line_of(home):
            raise InputError(
                [Finding("--region", 0, "", region, f"{rep} works in {home}", "Leave one out.")]
            )
        return [rep]
    if region is None:
        return list(people["rep"])
    return list(people.loc[people["region"].isin(stored.leaves_below(region)), "rep"])


def _home(stored: Explanations, rep: str) -> str:
    return str(stored.people.set_index("rep")["region"][rep])


def _chosen_leaves(stored: Explanations, rep: str | None, region: str | None) -> frozenset[str]:
    if region is not None:
        known = sorted(stored.leaves | set(stored.parent))
        if region not in known:
            raise _unknown("region", region, known)
    if rep is not None:
        return frozenset([_home(stored, rep)])
    if region is not None:
        return stored.leaves_below(region)
    return stored.leaves


def _chosen_periods(stored: Explanations, period: str | None) -> tuple[str, ...]:
    if period is None:
        return stored.periods
    if period not in stored.periods:
        raise _unknown("period", period, stored.periods)
    return (period,)


def _unknown(kind: str, name: str, known: Sequence[str]) -> InputError:
    problem = f"there is no such {kind} in this run"
    return InputError([Finding(f"--{kind}", 0, "", name, problem, meant(name, known))])
