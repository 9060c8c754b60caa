"""Numbers of pay rules as people write them."""

from __future__ import annotations

from decimal import Decimal

from optimizer.incentives.plan import Threshold


def plain(value: Decimal) -> str:
    """Return a decimal without needless zeros or an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: Decimal) -> str:
    """Return a ratio in per cent, such as ``1.5 %``."""
    return f"{plain(value * 100)} %"


def threshold_text(start: Threshold) -> str:
    """Return where a tier begins, such as ``120 %`` or ``stretch``."""
    return start.level if start.attainment is None else percent(start.attainment)
