"""What a page tells of what was run after the plan: weeks, pay, cost, scores, review."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.errors import InputError
from optimizer.page.encode import encode, finite, guessed
from optimizer.page.plan import SEATS_MOST
from optimizer.page.run import PageRun, of_measure, read_json, read_table
from optimizer.results.run_folder import decimals_of
from optimizer.results.stored_table import table_path

ROWS_MOST = 120_000
"""Rows of a table of a later command that a page holds; of a longer one it holds the first."""

_LABELS = frozenset(
    ("rep", "name", "region", "team", "role", "product", "period", "plan", "component", "tier",
     "group", "pool", "metric", "order", "level", "dimension", "step", "status", "measure", "grade")
)  # fmt: skip
_CENTS = 2
_PAYOUTS = ("target", "actual", "attainment", "payout")
_SEVERAL = {
    "score": ("score_by", "scores"),
    "review": (
        "effects", "attainment", "flags", "set_up_to_fail", "streaks", "outliers", "before_after",
    ),
}  # fmt: skip
"""Tables that come first, in this order; all others follow by name."""


def pace_block(run: PageRun, seats: int) -> dict[str, Any] | None:
    """Return the weeks of a run: weekly targets, lights and where everybody lands.

    Parameters
    ----------
    run : PageRun
    seats : int
        People of the plan; of too many only groups are told.

    Returns
    -------
    dict or None
        None where nothing was paced.

    Raises
    ------
    InputError
        Where a file cannot be read.
    """
    told = read_json(run, "pace", "pace.json") or {}
    status = read_table(run, "status", _STATUS, "pace", labels=("level", "name", "status"))
    company = () if run.region else ("company", "status", "notes")
    kept = ("period", "weeks", "week", "due", *company)
    content = {name: told[name] for name in kept if name in told}
    if status is not None and run.region:
        status = status.loc[_is_inside(run, status)]
        content["status"] = _lights(status)
    decimals = decimals_of(_weekly_unit(run))
    if status is not None:
        content["standing"] = _standing(status, decimals, seats)
    if seats <= SEATS_MOST:
        content |= _weeks(run, decimals)
    found = {"measure": run.measures[0], **content}
    return finite(found) if content else None


def _weeks(run: PageRun, decimals: int) -> dict[str, Any]:
    """Return the weekly targets of people, of what measure, and when the weeks begin."""
    below = "" if table_path(run.folder, "pacing").is_file() else "pace"
    table = read_table(run, "pacing", ("week", "target"), below, labels=("rep", "period", "start"))
    weekly = None if table is None else of_measure(run, table, run.measures[0])
    if weekly is None or weekly.empty:
        return {}
    measure, starts = _paced(run, weekly), _starts(weekly)
    return {"measure": measure, "starts": starts, "seats": _wide(weekly, decimals)}


def _lights(status: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many of each level have which light at the end of the last week."""
    last = status.loc[status["week"] == status["week"].max()]
    counts = last.groupby(["level", "status"], observed=True).size()
    found: dict[str, dict[str, int]] = {}
    for (level, light), count in counts.items():
        found.setdefault(str(level), {})[str(light)] = int(count)
    return found


_STATUS = (
    "week", "actual", "floor_due", "target_due", "pace", "projected", "low", "high",
    "probability_floor", "probability_target",
)  # fmt: skip


def _paced(run: PageRun, weekly: pd.DataFrame) -> str:
    """Return the measure whose targets the weeks add up to; blank where it is none."""
    targets = read_table(run, "targets", ("target",), labels=("period",), wanted=True)
    paced = weekly.loc[weekly["period"].astype("str") == str(weekly["period"].iloc[0])]
    for measure in run.measures:
        own = of_measure(run, targets, measure) if targets is not None else weekly
        due = own.loc[own["period"].astype("str") == str(paced["period"].iloc[0]), "target"]
        if abs(due.sum() - paced["target"].sum()) < 1e-6 * max(1.0, abs(due.sum())):
            return measure
    return ""


def _weekly_unit(run: PageRun) -> float:
    plan = float(run.own(run.measures[0]).get("rounding", 1))
    weekly = float(run.keys.get("pacing", {}).get("rounding", 1))
    return min(plan, weekly)


def _starts(weekly: pd.DataFrame) -> dict[str, list[str]]:
    """Return the first days of the weeks of each period, blank where they carry no date."""
    found: dict[str, list[str]] = {}
    rows = weekly.drop_duplicates(["period", "week"]).sort_values("week", kind="stable")
    for period, start in zip(
        rows["period"].astype("str"), rows["start"].astype("str"), strict=True
    ):
        found.setdefault(period, []).append(start)
    return found


def _wide(weekly: pd.DataFrame, decimals: int) -> dict[str, Any]:
    """Return one row per rep and period with a column for each week."""
    rows = weekly.assign(rep=weekly["rep"].astype("str"), period=weekly["period"].astype("str"))
    wide = rows.pivot_table(
        index=["rep", "period"], columns="week", values="target", aggfunc="sum", observed=True
    )
    names = [f"w{int(week)}" for week in wide.columns]
    wide.columns = pd.Index(names)
    return encode(wide.reset_index(), dict.fromkeys(names, decimals))


def _standing(status: pd.DataFrame, decimals: int, seats: int) -> dict[str, Any]:
    """Return the lights: every week of groups, the last one of people."""
    level = status["level"].astype("str")
    rows = status[(level != "rep") | (status["week"] == status["week"].max())]
    if seats > SEATS_MOST:
        rows = rows[rows["level"].astype("str") != "rep"]
    amounts = dict.fromkeys(("actual", "projected", "low", "high"), decimals + 1)
    due = dict.fromkeys(("floor_due", "target_due"), decimals + 1)
    shares = dict.fromkeys(("pace", "probability_floor", "probability_target"), 4)
    return encode(rows, {"week": 0} | amounts | due | shares)


def _is_inside(run: PageRun, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of level and name are about the region of a page."""
    level, name = rows["level"].astype("str"), rows["name"].astype("str")
    people = read_table(run, run.input_stem(run.measures[0], "people"), below="scenario")
    own = pd.DataFrame({"rep": [], "team": []}, dtype="str")
    if people is not None:
        own = of_measure(run, people, run.measures[0])
    teams = own["team"].astype("str") if "team" in own else pd.Series([], dtype="str")
    inside = (
        ((level == "region") & name.isin(run.inside))
        | ((level == "rep") & name.isin(own["rep"].astype("str")))
        | ((level == "team") & name.isin(teams))
    )
    return inside.to_numpy(dtype=bool)


def pay_block(run: PageRun, reps: Collection[str]) -> dict[str, Any] | None:
    """Return what people are paid, line by line; None where nobody was paid.

    Parameters
    ----------
    run : PageRun
    reps : collection of str
        Whom the page is about.

    Raises
    ------
    InputError
        Where a file cannot be read.
    """
    payouts = read_table(run, "payouts", _PAYOUTS, "pay", labels=("period", "rep", "plan"))
    told = read_json(run, "pay", "pay.json")
    if payouts is None or told is None:
        return None
    ledger = read_table(run, "ledger", ("base", "rate", "amount"), "pay", labels=("rep",))
    known = set(reps)
    paid = payouts.loc[payouts["rep"].astype("str").isin(known)]
    found = {"unit": told.get("unit", ""), "payouts": guessed(paid, _LABELS)}
    if not run.region:
        found |= {"periods": told.get("periods", []), "notes": told.get("notes", [])}
    if ledger is not None:
        own = ledger[ledger["rep"].astype("str").isin(known)].sort_values("rep", kind="stable")
        found["ledger"] = encode(own, {"base": _CENTS, "rate": 6, "amount": _CENTS})
    return found


def cost_block(run: PageRun) -> dict[str, Any] | None:
    """Return what pay may cost: stress test, frontier and tuned rates; None without any.

    Raises
    ------
    InputError
        Where a file cannot be read.
    """
    found: dict[str, Any] = {}
    for command in ("stress", "frontier", "tune"):
        told = read_json(run, command, f"{command}.json")
        if told is not None:
            rates = told.get("rates", [])
            if not isinstance(rates, list) or not all(isinstance(one, dict) for one in rates):
                path = run.folder / command / f"{command}.json"
                raise InputError(f"{path} has rates that are none; run {command} again")
            found[command] = finite(told)
    for name in ("stress_by", "payout_curve"):
        table = read_table(run, name, below="stress")
        if table is not None:
            found[name] = guessed(table, _LABELS)
    return found or None


def tables_block(run: PageRun, command: str, seats: int) -> dict[str, Any] | None:
    """Return the tables that a later command wrote, as they are; None where it was not run.

    Parameters
    ----------
    run : PageRun
    command : str
        Name of its folder in the run folder.
    seats : int
        People of the plan; of too many, tables of people are left out.

    Raises
    ------
    InputError
        Where a table cannot be read.
    """
    folder = run.folder / command
    if not (folder / "run.json").is_file():
        return None
    stems = sorted({path.stem for path in folder.iterdir() if path.suffix in (".csv", ".parquet")})
    first = [stem for stem in _SEVERAL.get(command, ()) if stem in stems]
    found: dict[str, Any] = {}
    for stem in dict.fromkeys([*first, *stems]):
        table = read_table(run, stem, below=command)
        if table is None or ("rep" in table and seats > SEATS_MOST):
            continue
        own = _about(run, table)
        labels = _LABELS - {"region", "product"} if stem == "effects" else _LABELS
        encoded = guessed(own.iloc[:ROWS_MOST], labels)
        found[stem] = {"rows": len(own), "table": encoded}
    return found or None


def _about(run: PageRun, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are about the region of a page; none where that cannot be told."""
    if not run.region:
        return table
    if "rep" in table:
        return table.loc[_is_inside(run, _subjects(table, "rep", "rep"))]
    if "name" not in table:
        return table.iloc[:0]
    level = next((name for name in ("level", "dimension") if name in table), "")
    return table.loc[_is_inside(run, _subjects(table, level, "name"))]


def _subjects(table: pd.DataFrame, level: str, name: str) -> pd.DataFrame:
    """Return level and name of what each row is about; people where nothing else is said."""
    levels = "rep" if level in ("", "rep") else table[level].astype("str")
    return pd.DataFrame({"level": levels, "name": table[name].astype("str")}, index=table.index)
