"""What moved and why, and what the cap refused: ``changes.csv`` and ``not_moved.csv``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from optimizer.problem.instance import Bools, Ints
from optimizer.problem.whole import nearest_units
from optimizer.recalibrate.board import Board, People, rows_of
from optimizer.recalibrate.caps import Caps
from optimizer.recalibrate.changed import Changed
from optimizer.recalibrate.least_change import Moved
from optimizer.recalibrate.moves import Move
from optimizer.recalibrate.problem import Market
from optimizer.recalibrate.standing import ORIGINAL, Standing

CHANGES = (
    "period", "region", "rep", "product", "before", "after", "change", "share", "reason",
    "pay_effect",
)  # fmt: skip
NOT_MOVED = ("what", "where", "asked", "reached", "refused", "text")
EVERY = "*"
_NAMED = 3
"""How many people a reason names."""

_DUST = 1e-6

Refused = tuple[str, str, float, float, str]
"""Kind, where, asked and reached in units, and what else is said."""


def changes_table(
    standing: Standing, targets: pd.DataFrame, board: Board, moved: Moved, changed: Changed
) -> pd.DataFrame:
    """Return what moved: region targets (rep ``*``), rep targets (product ``*``), rep cells.

    A regional plan has its region targets alone, with a blank rep. `share` is the change as a
    part of the first plan's target; blank where it had none.
    """
    unit = board.unit
    after = targets[targets["period"] == standing.period]
    has_people = moved.cells is not None
    region_rep = EVERY if has_people else ""
    parts = [_region_rows(board, moved).assign(rep=region_rep)]
    if has_people:
        cells = _both(standing.own_targets, after, ["region", "rep", "product"])
        reps = cells.groupby(["region", "rep"], as_index=False)[["before", "after"]].sum()
        parts += [reps.assign(product=EVERY), cells]
    table = pd.concat(parts, ignore_index=True)
    table["change"] = np.rint((table["after"] - table["before"]) / unit) * unit
    table = table[table["change"] != 0]
    first = _originals(standing, region_rep)
    key = pd.MultiIndex.from_frame(table[["region", "rep", "product"]])
    original = first.reindex(key).to_numpy(dtype=float)
    share = np.full(len(table), np.nan)
    np.divide(table["change"].to_numpy(), original, out=share, where=original > 0)
    table = table.assign(
        period=standing.period,
        share=share,
        reason=_reasons(table, board, moved, changed, standing),
        pay_effect=np.nan,
    )
    order = pd.Series({"": 0, EVERY: 0}).reindex(table["rep"]).fillna(1).to_numpy()
    places = [pd.factorize(table[name], sort=True)[0] for name in ("product", "rep", "region")]
    return table[list(CHANGES)].iloc[np.lexsort((*places, order))].reset_index(drop=True)


def _region_rows(board: Board, moved: Moved) -> pd.DataFrame:
    leaf, product = np.nonzero((board.now > 0) | (moved.placed > 0))
    return pd.DataFrame(
        {
            "region": np.array(board.whole.leaves, dtype=object)[leaf],
            "product": np.array(board.whole.products, dtype=object)[product],
            "before": board.now[leaf, product] * board.unit,
            "after": moved.placed[leaf, product] * board.unit,
        }
    )


def _both(before: pd.DataFrame, after: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    old, new = (frame.groupby(key)["target"].sum() for frame in (before, after))
    joined = pd.DataFrame({"before": old, "after": new}).fillna(0.0)
    return joined.reset_index()


def _originals(standing: Standing, region_rep: str) -> pd.Series:
    rows = standing.own_original[list(ORIGINAL)]
    rows = rows.assign(rep=rows["rep"].replace("", region_rep))
    people = rows[~rows["rep"].isin(["", EVERY])].assign(product=EVERY)
    both = pd.concat([rows, people])
    return both.groupby(["region", "rep", "product"])["target"].sum()


def _reasons(
    table: pd.DataFrame, board: Board, moved: Moved, changed: Changed, standing: Standing
) -> list[str]:
    """Return why each row moved: what was decided about it, else what it makes room for."""
    tree, products = board.whole.tree, board.whole.products
    leaf = rows_of(board.whole.leaves, table["region"], "region")
    column = pd.Index(products).get_indexer(pd.Index(table["product"]))
    decided = [(move.cells(tree, products), move.reason) for move in changed.moves]
    decided += _market_reasons(standing, board, changed)
    short = moved.placed.sum() < board.now.sum() and changed.goal is None
    rest = "a part of the total finds no room" if short else "keeps the total"
    if changed.goal is not None:
        goal = nearest_units(changed.goal, board.unit)
        rest = f"goal {board.now.sum() * board.unit:,.10g} to {goal:,.10g}"
    found, colleagues = [], _colleagues(board, changed)
    is_up = (table["change"] > 0).tolist()
    for rep, row, product, rises in zip(table["rep"], leaf, column, is_up, strict=True):
        texts = [changed.people[rep]] if rep in changed.people else []
        texts += [
            reason
            for mask, reason in decided
            if (mask[row, product] if product >= 0 else mask[row].any())
        ]
        texts = texts or colleagues.get(int(row), [])
        room = "takes over what others may not carry" if short and rises else rest
        found.append("; ".join(dict.fromkeys(texts)) or room)
    return found


def _colleagues(board: Board, changed: Changed) -> dict[int, list[str]]:
    """Return what is new about the people of each leaf region, in words."""
    reps = board.whole.reps
    found: dict[int, list[str]] = {}
    if reps is None:
        return found
    for name, leaf in zip(reps.names, reps.leaf.tolist(), strict=True):
        if name in changed.people:
            found.setdefault(leaf, []).append(f"{name} {changed.people[name]}")
    return {
        leaf: [*texts[:_NAMED], *([f"and {len(texts) - _NAMED} more"] if texts[_NAMED:] else [])]
        for leaf, texts in found.items()
    }


def _market_reasons(standing: Standing, board: Board, changed: Changed) -> list[tuple[Bools, str]]:
    """Return the slices whose potential changed, with the change in words."""
    keys = ["period", "region", "product"]
    tables = [one.table("potential") for one in (standing.planned.scenario, changed.scenario)]
    old, new = (
        pd.Series(dtype=float) if table is None else table.set_index(keys)["potential"]
        for table in tables
    )
    found = []
    for place in sorted({*old.index, *new.index}):
        before, now = (one.get(place, np.nan) for one in (old, new))
        period, region, product = place
        if before == now or period not in ("", standing.period):
            continue
        mask = np.zeros(board.now.shape, dtype=bool)
        leaves = board.whole.tree.below(board.whole.tree.names.index(region) if region else 0)
        mask[leaves] = [product in ("", name) for name in board.whole.products]
        was, has = ("none" if np.isnan(one) else f"{one:,.10g}" for one in (before, now))
        found.append((mask, f"potential {_where(region, product)} {was} to {has}"))
    return found


def _where(*labels: str) -> str:
    return ", ".join(filter(None, labels)) or "of all"


def not_moved_table(
    board: Board, caps: Caps, market: Market, moved: Moved, goal: float,
    moves: Sequence[tuple[Move, Bools, float]], cap: float, reached: float,
) -> pd.DataFrame:  # fmt: skip
    """Return what was asked for and could not be had.

    Parameters
    ----------
    board : Board
    caps : Caps
    market : Market
    moved : Moved
    goal : float
        As asked, in units.
    moves : sequence of (move, cells, amount asked in units)
    cap : float
    reached : float
        The total that was planned for, in units.
    """
    rows = list(_refused(board, caps, market, moved, moves))
    if reached > goal + _DUST:
        rows.insert(0, ("goal", "the period", goal, reached, ""))
    told = []
    for what, where, asked, had, more in rows:
        wanted, got, rest = (
            f"{value * board.unit:,.10g}" for value in (asked, had, abs(asked - had))
        )
        why = _WHY[what].format(where=where, asked=wanted, had=got, rest=rest, cap=f"{cap:.10g}")
        amounts = (asked * board.unit, had * board.unit, abs(asked - had) * board.unit)
        told.append((what, where, *amounts, why + more))
    return pd.DataFrame(told, columns=list(NOT_MOVED))


_STOPPED = "the cap of {cap} of the original target, or what is sold, stops it there"
_WHY = {
    "goal": "{asked} were asked for in all, and targets stop at {had}: {rest} are not moved, for "
    "no target moves by more than the cap of {cap} of its original, or below what is sold",
    "move": "{where} was to be {asked} and is {had}: {rest} are not moved; the cap of {cap} of "
    "the original target, what is sold and the total allow no more",
    "potential": "the market of {where} gives {asked}, and the targets there are {had}: "
    + _STOPPED,
    "capacity": "{where} can carry {asked}, and the target is {had}: " + _STOPPED,
    "min": "{where} must carry {asked}, and the target is {had}: " + _STOPPED,
    "effort": "the mix of {where} takes an effort of {had}, more than the {asked} there are: give "
    "lighter products, or lower the target in the next plan",
    "cap": "{where} goes to {had}, beyond {asked} where the cap of {cap} of the original ends: "
    "nobody else is there to carry it",
}
"""What is said of each kind; the amounts are filled in."""


def _refused(
    board: Board, caps: Caps, market: Market, moved: Moved,
    moves: Sequence[tuple[Move, Bools, float]],
) -> Iterator[Refused]:  # fmt: skip
    for move, mask, asked in moves:
        had = float(moved.placed[mask].sum())
        if abs(asked - had) >= 1.0 - _DUST:
            more = ""
            if move.share and asked > 0:
                part = move.share * had / asked
                points = 100.0 * abs(move.share - part)
                more = f". The share is {part:.4g}, {points:.4g} points from {move.share:.4g}"
            yield "move", move.where, asked, had, more
    yield from _beyond_cap(board, caps, moved)
    for mask, usable in zip(market.cells, market.usable, strict=True):
        had = float(moved.placed[mask].sum())
        if had > usable + _DUST:
            yield "potential", _named(board, mask), float(usable), had, ""
    people, reps = board.people, board.whole.reps
    if people is None or reps is None or moved.cells is None:
        return
    assert caps.capacity is not None and caps.least is not None
    total = moved.cells.sum(axis=1).astype(float)
    for rep in np.flatnonzero(~people.leaves).tolist():
        if total[rep] > caps.capacity[rep]:
            yield "capacity", reps.names[rep], float(caps.capacity[rep]), total[rep], ""
        if total[rep] < caps.least[rep] and (people.now[rep] > 0 or people.joins[rep]):
            yield "min", reps.names[rep], float(caps.least[rep]), total[rep], ""
    yield from _over_effort(board, people, moved.cells)


def _beyond_cap(board: Board, caps: Caps, moved: Moved) -> Iterator[Refused]:
    """Yield region targets beyond their cap: where nobody is left to carry them."""
    span = caps.cells
    for leaf, product in np.argwhere(
        (moved.placed < span.low) | (moved.placed > span.high)
    ).tolist():
        had = float(moved.placed[leaf, product])
        end = span.low if had < span.low[leaf, product] else span.high
        where = f"{board.whole.leaves[leaf]}: {board.whole.products[product]}"
        yield "cap", where, float(end[leaf, product]), had, ""


def _over_effort(board: Board, people: People, cells: Ints) -> Iterator[Refused]:
    """Yield people whose new mix of products takes more effort than they have."""
    effort, reps = board.whole.effort, board.whole.reps
    if effort is None or reps is None:
        return
    spent, before = cells @ effort, people.cells @ effort
    limit = np.maximum(reps.high[:, board.at] / board.unit, before)
    for rep in np.flatnonzero((spent > limit + _DUST) & ~people.leaves).tolist():
        yield "effort", reps.names[rep], float(limit[rep]), float(spent[rep]), ""


def _named(board: Board, mask: Bools) -> str:
    leaves = np.array(board.whole.leaves, dtype=object)[mask.any(axis=1)]
    products = np.array(board.whole.products, dtype=object)[mask.any(axis=0)]
    places = "all regions" if len(leaves) == len(board.whole.leaves) else ", ".join(leaves)
    lines = "all products" if len(products) == len(board.whole.products) else ", ".join(products)
    return f"{places}: {lines}"
