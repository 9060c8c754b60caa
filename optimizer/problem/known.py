"""What the potential table says of one label, where it says it completely."""

from __future__ import annotations

from itertools import product as combinations

import numpy as np

from optimizer.problem.instance import ALL, Floats, Potentials
from optimizer.problem.labels import Labels

Rows = dict[tuple[int, int, int], float]
"""Potential by period, region and product."""


def potential_rows(potentials: Potentials) -> Rows:
    """Return the potential of each slice that has one."""
    slices = potentials.slices
    places = zip(
        slices.period.tolist(), slices.region.tolist(), slices.product.tolist(), strict=True
    )
    return dict(zip(places, potentials.given.tolist(), strict=True))


def known_potential(rows: Rows, labels: Labels, kind: str, index: list[int]) -> Floats | None:
    """Return the potential of each label, or None where it is not known for all of them.

    A label's potential is known from a row that names nothing else, or from rows that cover
    it completely by periods, regions or products.
    """
    if not rows:
        return None
    amounts = [_amount(rows, labels, kind, item) for item in index]
    return None if any(amount is None for amount in amounts) else np.array(amounts, dtype=float)


def _amount(rows: Rows, labels: Labels, kind: str, item: int) -> float | None:
    if kind == "region":
        below = labels.tree.leaf_node[labels.tree.below(item)].tolist()
    else:
        below = labels.tree.leaf_node.tolist()
    periods = [[item]] if kind == "period" else [[ALL], list(range(len(labels.periods)))]
    products = [[item]] if kind == "product" else [[ALL], list(range(len(labels.products)))]
    regions = [[item], below] if kind == "region" else [[0], below]
    for choice in combinations(periods, regions, products):
        amounts = [rows.get(cell) for cell in combinations(*choice)]
        if all(amount is not None for amount in amounts):
            return float(sum(amount for amount in amounts if amount is not None))
    return None
