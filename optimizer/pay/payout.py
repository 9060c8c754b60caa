"""What one rep is paid for one period, and the table row that says so."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from optimizer.pay.exact import ONE, ZERO, total
from optimizer.pay.line import AWARD, BONUS, CAP, COMMISSION, GATE, GUARANTEE, POOL, Line

EARNED_LATER = (POOL, AWARD, GUARANTEE)
"""Kinds of lines that are no part of what a plan earns."""


@dataclass(frozen=True)
class Payout:
    """The pay of one rep and period.

    Attributes
    ----------
    plan : str
        Name of the plan, blank where none matches.
    target, actual : Decimal
        What the plan looked at, in the unit of the scenario.
    attainment : Decimal or None
    lines : tuple of Line
        The ledger, in the order of pay.
    """

    period: str
    rep: str
    plan: str
    target: Decimal
    actual: Decimal
    attainment: Decimal | None
    lines: tuple[Line, ...]

    @cached_property
    def sums(self) -> dict[str, Decimal]:
        """Sum of the lines of each kind that there is."""
        found: dict[str, Decimal] = {}
        for line in self.lines:
            found[line.kind] = found.get(line.kind, ZERO) + line.amount
        return found

    def of(self, kind: str) -> Decimal:
        """Return the sum of the lines of a kind."""
        return self.sums.get(kind, ZERO)

    @property
    def gate_factor(self) -> Decimal:
        """Product of the factors of the gates reached."""
        rates = (line.rate for line in self.lines if line.kind == GATE)
        return math.prod((1 + (rate or ZERO) for rate in rates), start=ONE)

    @property
    def earned(self) -> Decimal:
        """Commission and bonus after gates, cap and what was paid before."""
        return total(amount for kind, amount in self.sums.items() if kind not in EARNED_LATER)

    @cached_property
    def amount(self) -> Decimal:
        """All that is paid, in pay units."""
        return total(self.sums.values())

    @property
    def columns(self) -> dict[str, Decimal]:
        """The amounts of ``payouts.csv``."""
        return {
            "commission": self.of(COMMISSION),
            "bonus": self.of(BONUS),
            "gate_factor": self.gate_factor,
            "cap_cut": -self.of(CAP),
            "pool": self.of(POOL),
            "award": self.of(AWARD),
            "guarantee": self.of(GUARANTEE),
            "payout": self.amount,
        }


def sum_of(payouts: Iterable[Payout]) -> Decimal:
    """Return what is paid together."""
    return total(payout.amount for payout in payouts)
