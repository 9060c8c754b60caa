"""Moves that somebody decided: a contingency by name, or new shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.labels import product_names, region_parents
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import SHARES
from optimizer.errors import InputError
from optimizer.inputs.order import in_order
from optimizer.inputs.single import read_single
from optimizer.problem.instance import Bools, Floats, RegionTree

_SLICE = ("product", "region", "period")


@dataclass(frozen=True)
class Move:
    """What a slice of the period shall be.

    Attributes
    ----------
    product, region : str
        Blank means all.
    to, by, share : float or None
        One of them: the new target, the change of the target, or the new share of the slice
        without its product, or without its region where no product is named.
    reason : str
    """

    product: str
    region: str
    to: float | None
    by: float | None
    share: float | None
    reason: str

    def cells(self, tree: RegionTree, products: tuple[str, ...]) -> Bools:
        """Return the cells of the slice, (leaf, product) bools."""
        return _cells(tree, products, self.region, self.product)

    def asked(self, tree: RegionTree, products: tuple[str, ...], now: Floats) -> float:
        """Return what the slice shall be, in the unit of `now`, (leaf, product) floats."""
        if self.share is None:
            own = float(now[self.cells(tree, products)].sum())
            return self.to if self.to is not None else max(own + (self.by or 0.0), 0.0)
        region = self.region if self.product else ""
        return self.share * float(now[_cells(tree, products, region, "")].sum())

    @property
    def where(self) -> str:
        """The slice in words."""
        return ", ".join(filter(None, (self.product, self.region))) or "the period"


def _cells(tree: RegionTree, products: tuple[str, ...], region: str, product: str) -> Bools:
    leaves = np.zeros(len(tree.leaf_node), dtype=bool)
    leaves[tree.below(tree.names.index(region) if region else 0)] = True
    chosen = np.array([product in ("", name) for name in products])
    return np.asarray(leaves[:, None] & chosen)


def moves_of_contingency(
    contingency: Mapping[str, Any], scenario: Scenario, period: str
) -> list[Move]:
    """Return the moves of a ``[[contingency]]``.

    Raises
    ------
    InputError
        Where a move names no slice or no amount, something unknown, or another period.
    """
    name = contingency.get("name", "")
    found = []
    for number, move in enumerate(contingency.get("move", ()), start=1):
        where = f"[[contingency]] {name}, move {number}"
        found.append(_move(move, where, name, scenario, period))
    if not found:
        raise InputError(
            f'[[contingency]] {name} has no move; write one such as move = [ {{ product = "…", '
            "to = 100 } ]"
        )
    return found


def _move(move: Mapping[str, Any], where: str, name: str, scenario: Scenario, period: str) -> Move:
    if strange := sorted(set(move) - {*_SLICE, "to", "by"}):
        raise InputError(
            f"{where} has the key {strange[0]}; a move has product, region, period, and to or by"
        )
    amounts = [key for key in ("to", "by") if key in move]
    if len(amounts) != 1 or not _is_number(move[amounts[0]]):
        raise InputError(f"{where}: write either to = the new target, or by = its change")
    if move.get("to", 0) < 0:
        raise InputError(f"{where}: to = {move['to']:g} is negative; write a target of at least 0")
    product, region = (str(move.get(key, "")) for key in ("product", "region"))
    _check_labels(scenario, product, region, where)
    if not product and not region:
        raise InputError(f"{where} names no product and no region; for the total use --goal")
    if move.get("period", period) != period:
        raise InputError(
            f"{where} is of {move['period']}, and {period} is recalibrated; use --as-of a week of "
            f"{move['period']}"
        )
    to, by = (float(move[key]) if key in move else None for key in ("to", "by"))
    return Move(product, region, to, by, None, f"contingency {name}")


def moves_of_shares(path: Path, scenario: Scenario, period: str) -> list[Move]:
    """Return a table of shares as moves.

    Raises
    ------
    InputError
        Where the table is wrong, names what the plan does not have, or has no row of the period.
    """
    if not path.is_file():
        raise InputError(f"--shares {path}: there is no such file")
    table = in_order(read_single(path, SHARES))
    own: pd.DataFrame = table[table["period"].isin(["", period])]
    found = []
    for row in own.itertuples():
        product, region = str(row.product), str(row.region)
        where = f"--shares {path.name}, row {row.Index}"
        _check_labels(scenario, product, region, where)
        if not product and not region:
            raise InputError(f"{where} names no product and no region; for the total use --goal")
        share = float(str(row.share))
        found.append(Move(product, region, None, None, share, f"share {share:.6g}"))
    if not found:
        raise InputError(f"--shares {path.name}: no row is of {period}; leave its period blank")
    return found


def _check_labels(scenario: Scenario, product: str, region: str, where: str) -> None:
    products, regions = list(product_names(scenario)), list(region_parents(scenario))
    for kind, name, known in (("product", product, products), ("region", region, regions)):
        if name and name not in known:
            raise InputError(f"{where}: the plan has no {kind} {name}. {meant(name, known)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
