"""The next scenario: a folder that builds on the inputs of the plan that is over."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from optimizer.change.tables import appended, table_or_new
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.copy import goal_table
from optimizer.inputs.load import load_scenarios, write_copy
from optimizer.inputs.loaded import Loaded
from optimizer.proposal.ability import abilities_in_use
from optimizer.proposal.edit import ESTIMATED
from optimizer.proposal.moving import moved_tables, new_goal, new_name
from optimizer.proposal.proposal import Proposal
from optimizer.proposal.rates import EVERYBODY
from optimizer.results.claim import claimed
from optimizer.results.run_folder import appearing_whole

BASE = "base"
"""Folder for the inputs of a run that lies elsewhere."""


def write_following(proposal: Proposal, folder: Path) -> None:
    """Write the next scenario with the edits of a proposal.

    It holds the keys and tables that change, and `extends` the inputs of the run: where they
    lie beside it, as they lie there, else as a copy in its folder ``base``.

    Parameters
    ----------
    proposal : Proposal
        With the edits that are accepted.
    folder : Path
        New or empty.

    Raises
    ------
    InputError
        Where the folder holds something, or the next scenario would not pass its checks.
    """
    _check_new(folder)
    source = proposal.run.folder / "scenario"
    tables = following_tables(proposal)
    check = partial(_check_new, folder)
    with (
        claimed(folder),
        appearing_whole(folder, check) as draft,
        tempfile.TemporaryDirectory() as scratch,
    ):
        scenario = replace(proposal.run.scenario, tables=tables)
        write_copy(Loaded((scenario,)), Path(scratch), keep_personal=True)
        for path in sorted(Path(scratch).iterdir()):
            if path.suffix != ".toml":
                (draft / path.name).write_bytes(path.read_bytes())
        keys = _keys(proposal, _base(source.resolve(), folder.resolve(), draft))
        (draft / "scenario.toml").write_bytes(tomli_w.dumps(keys).encode())
        try:
            load_scenarios(draft)
        except InputError as error:
            raise InputError(
                f"the next scenario would not pass its checks, and was not written:\n{error}"
            ) from error


def _check_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"--next {folder}: it holds something; name a new folder")


def _base(source: Path, folder: Path, draft: Path) -> str:
    """Return what the next scenario extends; copied where it might not read it as it lies."""
    if source.is_relative_to(folder.parent):
        return os.path.relpath(source, folder)
    shutil.copytree(source, draft / BASE)
    return BASE


def _keys(proposal: Proposal, extends: str) -> dict[str, Any]:
    scenario, move = proposal.run.scenario, proposal.move
    keys: dict[str, Any] = {
        "extends": Path(extends).as_posix(),
        "name": new_name(scenario, move),
        "periods": list(move.periods.values()),
    }
    for edit in proposal.edits:
        if edit.place == ("scenario", "", "as_of"):
            keys["as_of"] = edit.after
    goal = new_goal(scenario.settings.goal, move, proposal.goal)
    if goal != scenario.settings.goal:
        keys["goal"] = goal_table(goal)
    return keys


def following_tables(proposal: Proposal) -> dict[str, pd.DataFrame]:
    """Return the tables that are not those of the run any more."""
    scenario, grown = proposal.run.scenario, proposal.grown
    tables = moved_tables(scenario, proposal.move)
    for name in ("history", "weekly"):
        table = grown.table(name)
        if table is not None and table is not scenario.table(name):
            tables[name] = table
    estimates = {edit.place: float(edit.after) for edit in proposal.edits if edit.kind == ESTIMATED}
    ability = {row: value for (table, row, _), value in estimates.items() if table == "people"}
    if ability:
        tables["people"] = _with_abilities(scenario, tables.get("people"), ability)
    for name in ("regions", "products", "periods"):
        shares = {row: value for (table, row, _), value in estimates.items() if table == name}
        if shares:
            tables[name] = _with_shares(name, tables.get(name, scenario.table(name)), shares)
    rates = {
        (row, column): value
        for (table, row, column), value in estimates.items()
        if table == "activity"
    }
    if rates:
        tables["activity"] = _with_rates(scenario, rates)
    return tables


def _with_abilities(
    scenario: Scenario, people: pd.DataFrame | None, ability: dict[str, float]
) -> pd.DataFrame:
    """Return people with new abilities; all others keep the one they had, written out.

    Written out, as the rank of those without one hangs on how many have none.
    """
    table = scenario.tables["people"] if people is None else people
    used = pd.Series(np.round(abilities_in_use(scenario), 6), index=table.index)
    return table.assign(ability=table["rep"].map(ability).fillna(used).astype(float))


def _with_shares(name: str, table: pd.DataFrame | None, shares: dict[str, float]) -> pd.DataFrame:
    """Return a table with new shares; all others of the same whole are scaled to 1 with them."""
    assert table is not None
    own = table[name.removesuffix("s")]
    whole = table["parent"] if name == "regions" else pd.Series("", index=table.index)
    changed = whole.isin(whole[own.isin(shares)])
    scaled = table["share"] / table.groupby(whole)["share"].transform("sum")
    new = own.map(shares).astype(float).fillna(scaled)
    return table.assign(share=table["share"].where(~changed, new))


def _with_rates(scenario: Scenario, rates: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Return the table ``activity`` with new rates, role by role."""
    table = table_or_new(scenario, "activity")
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for (row, column), value in rates.items():
        role, _, step = row.rpartition(" / ")
        role = "" if role == EVERYBODY else role
        own = (table[["rep", "region"]] == "").all(axis=1) & (table["role"] == role)
        own &= table["step"] == step
        if own.any():
            table = table.assign(**{column: table[column].where(~own, value)})
        else:
            rows.setdefault((role, step), {"role": role, "step": step})[column] = value
    return appended("activity", table, *rows.values()) if rows else table
