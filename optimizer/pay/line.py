"""One line of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

COMMISSION, BONUS, GATE, CAP = "commission", "bonus", "gate", "cap"
BEFORE, POOL, AWARD, GUARANTEE = "paid before", "pool", "award", "guarantee"
KINDS = (COMMISSION, BONUS, GATE, CAP, BEFORE, POOL, AWARD, GUARANTEE)
"""What a line may be for, in the order of pay."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger of a rep and period.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    name : str
        Which block, metric, pool or award; may be blank.
    tier : str
        Which step of it, in words.
    base, rate : Decimal or None
        In pay units, and what it is multiplied by; None where the amount is no product.
    amount : Decimal
        In pay units, whole cents.
    """

    kind: str
    name: str
    tier: str
    base: Decimal | None
    rate: Decimal | None
    amount: Decimal

    @property
    def component(self) -> str:
        """What the ledger calls it."""
        return f"{self.kind} {self.name}" if self.name else self.kind
