"""What a planner would rather give: the price of each lever, from ``[advice]``."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.domain.scenario import Settings

LEVERS = (
    "share", "potential_buffer", "capacity_buffer", "capacity", "rep", "product", "lock",
    "potential",
)  # fmt: skip

DEFAULTS = {
    "share": 0.5,
    "potential_buffer": 1.0,
    "capacity_buffer": 1.0,
    "capacity": 2.0,
    "product": 1.5,
    "rep": 2.5,
    "lock": 4.0,
    "potential": 5.0,
}
"""Moving a number is easier than keeping less back, that than teaching people another product,
that than asking more of them, that than hiring; then somebody's word is touched, and a market
that is larger than known is hoped for last."""


@dataclass(frozen=True)
class LeverPrices:
    """Price per unit of the goal that each lever makes room for, and which are allowed."""

    price: dict[str, float]
    allowed: frozenset[str]


def lever_prices(settings: Settings) -> LeverPrices:
    """Return the prices of a scenario's levers: its own, else the usual ones."""
    own = dict(settings.other.get("advice", {}))
    never = own.pop("never", ())
    prices = {**DEFAULTS, **{name: float(price) for name, price in own.items()}}
    return LeverPrices(prices, frozenset(LEVERS) - frozenset(never))
