"""Shares of regions and products, from what they sold in the last periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.history import read_history
from optimizer.problem.instance import Floats, Ints
from optimizer.problem.labels import Labels, read_labels
from optimizer.proposal.edit import ESTIMATED, Edit
from optimizer.proposal.moving import Move
from optimizer.proposal.windows import Windows, last_windows

FEWEST = 2
"""Periods with sales that an estimate needs."""

PRIOR = 1
"""How many periods the present share counts for."""

_SAME, _LEAST = 0.02, 0.0005
"""Part of a share, and shares of the whole, by which one must move to be worth a change."""


@dataclass(frozen=True)
class Family:
    """Names that share one whole, all with given shares.

    Attributes
    ----------
    kind : str
        ``regions`` or ``products``.
    names : tuple of str
    share : (name,) floats
        As given, scaled to 1.
    low, high : (name,) floats
        Bounds of each share.
    sold : (period, name) floats
        In the last periods.
    """

    kind: str
    names: tuple[str, ...]
    share: Floats
    low: Floats
    high: Floats
    sold: Floats

    def estimate(self) -> tuple[Floats, Ints]:
        """Return the new shares and the periods each rests on.

        The mean share of the periods in which something was sold, drawn towards the present
        share; names with too few periods keep theirs, and the others share what these leave.
        """
        sold = np.maximum(self.sold, 0.0)
        whole = sold.sum(axis=1, keepdims=True)
        part = np.divide(sold, whole, out=np.zeros_like(sold), where=whole > 0)
        periods = (part > 0).sum(axis=0)
        mean = part.sum(axis=0) / np.maximum(periods, 1)
        drawn = (periods * mean + PRIOR * self.share) / (periods + PRIOR)
        known = periods >= FEWEST
        left = 1.0 - float(self.share[~known].sum())
        total = float(drawn[known].sum())
        new = np.where(known, drawn * (left / total if total > 0 else 1.0), self.share)
        return np.clip(new, self.low, self.high), periods


def mix_edits(before: Scenario, after: Scenario, move: Move, notes: list[str]) -> Iterator[Edit]:
    """Yield new shares of regions and products, where all of a whole are given.

    Parameters
    ----------
    before, after : Scenario
        As planned, and with what was sold in the plan added to its history.
    move : Move
    notes : list of str
    """
    for family in _families(before, after, last_windows(move)):
        new, periods = family.estimate()
        thin = [name for name, count in zip(family.names, periods, strict=True) if count < FEWEST]
        if thin:
            notes.append(
                f"share of {', '.join(thin)}: sold in fewer than {FEWEST} of the last "
                f"{len(family.sold)} periods; it stays"
            )
        for place, name in enumerate(family.names):
            old, count = float(family.share[place]), int(periods[place])
            if count < FEWEST or abs(new[place] - old) < max(_SAME * old, _LEAST):
                continue
            reason = f"sold so in {count} periods, the present share counted as {PRIOR} more"
            told = float(np.round(old, 6)), float(np.round(new[place], 4))
            yield Edit(ESTIMATED, family.kind, name, "share", *told, count, reason)


def _families(before: Scenario, after: Scenario, windows: Windows) -> Iterator[Family]:
    labels = read_labels(after)
    for kind in ("regions", "products"):
        table = before.table(kind)
        if table is None:
            continue
        wholes = table["parent"] if kind == "regions" else pd.Series("", index=table.index)
        sold = _sold(after, labels, windows, kind)
        for _, rows in table.groupby(wholes, sort=True):
            share = rows["share"].to_numpy(dtype=float)
            if len(rows) < 2 or np.isnan(share).any() or not share.sum() > 0:
                continue
            names = tuple(map(str, rows[kind.removesuffix("s")]))
            yield Family(
                kind,
                names,
                share / share.sum(),
                rows["min_share"].fillna(0.0).to_numpy(dtype=float),
                rows["max_share"].fillna(1.0).to_numpy(dtype=float),
                sold[:, _places(labels, kind, names)],
            )


def _places(labels: Labels, kind: str, names: Sequence[str]) -> list[int]:
    known = labels.tree.names if kind == "regions" else labels.products
    return [known.index(name) for name in names]


def _sold(scenario: Scenario, labels: Labels, windows: Windows, kind: str) -> Floats:
    """Return what each node of the tree, or each product, sold: (period, name) floats."""
    leaves = len(labels.tree.leaf_node)
    width = leaves if kind == "regions" else len(labels.products)
    sold = np.zeros((windows.count, width))
    history = read_history(scenario, labels)
    if history is not None:
        window, inside = windows.of(history)
        place = history.leaf if kind == "regions" else history.product
        chosen = inside & (place >= 0)
        np.add.at(sold, (window[chosen], place[chosen]), history.amount[chosen])
    if kind == "products":
        return sold
    return np.array([labels.tree.sums(row) for row in sold])
