"""What the potential table says of one label, where it says it completely."""

from __future__ import annotations

from itertools import product as combinations

import numpy as np

from optimizer.problem.instance import ALL, Floats, Potentials
from optimizer.problem.labels import Labels


def known_potential(
    potentials: Potentials, labels: Labels, kind: str, index: list[int]
) -> Floats | None:
    """Return the potential of each label, or None where it is not known for all of them.

    A label's potential is known from a row that names nothing else, or from rows that cover
    it completely by periods, regions or products.
    """
    rows = {
        (int(period), int(region), int(product)): float(given)
        for period, region, product, given in zip(
            potentials.slices.period,
            potentials.slices.region,
            potentials.slices.product,
            potentials.given,
            strict=True,
        )
    }
    if not rows:
        return None
    amounts = [_amount(rows, labels, kind, item) for item in index]
    return None if any(amount is None for amount in amounts) else np.array(amounts, dtype=float)


def _amount(
    rows: dict[tuple[int, int, int], float], labels: Labels, kind: str, item: int
) -> float | None:
    leaves = labels.tree.leaf_node.tolist()
    below = leaves
    if kind == "region":
        below = [leaves[leaf] for leaf in np.flatnonzero(labels.tree.covers[item])]
    periods = [[item]] if kind == "period" else [[ALL], list(range(len(labels.periods)))]
    products = [[item]] if kind == "product" else [[ALL], list(range(len(labels.products)))]
    regions = [[item], below] if kind == "region" else [[0], leaves]
    for choice in combinations(periods, regions, products):
        amounts = [rows.get(cell) for cell in combinations(*choice)]
        if all(amount is not None for amount in amounts):
            return float(sum(amount for amount in amounts if amount is not None))
    return None
