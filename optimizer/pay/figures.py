"""What somebody, or a group, was to sell and has sold: targets and actuals by product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from optimizer.pay.exact import ZERO

ByProduct = Mapping[str, Decimal]


@dataclass(frozen=True)
class Figures:
    """Targets and actuals of a rep or a group in one period or several.

    Attributes
    ----------
    levels : mapping of (measure, level) to product to amount
        Levels are ``floor``, ``target`` and ``stretch``.
    sold : mapping of measure to product to amount
    """

    levels: Mapping[tuple[str, str], ByProduct] = field(default_factory=dict)
    sold: Mapping[str, ByProduct] = field(default_factory=dict)

    def level(self, measure: str, name: str, products: tuple[str, ...] = ()) -> Decimal:
        """Return a level of some products; of all where none is named."""
        return _of(self.levels.get((measure, name), {}), products)

    def actual(self, measure: str, products: tuple[str, ...] = ()) -> Decimal:
        """Return what was sold of some products; of all where none is named."""
        return _of(self.sold.get(measure, {}), products)


def _of(amounts: ByProduct, products: tuple[str, ...]) -> Decimal:
    if not products:
        return sum(amounts.values(), ZERO)
    return sum((amounts.get(product, ZERO) for product in products), ZERO)


def added(parts: Iterable[Figures]) -> Figures:
    """Return the sum of figures."""
    levels: dict[tuple[str, str], dict[str, Decimal]] = {}
    sold: dict[str, dict[str, Decimal]] = {}
    for part in parts:
        for place, amounts in part.levels.items():
            _add(levels.setdefault(place, {}), amounts)
        for measure, amounts in part.sold.items():
            _add(sold.setdefault(measure, {}), amounts)
    return Figures(levels, sold)


def _add(into: dict[str, Decimal], amounts: ByProduct) -> None:
    for product, amount in amounts.items():
        into[product] = into.get(product, ZERO) + amount
