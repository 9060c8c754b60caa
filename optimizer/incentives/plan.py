"""The rules of pay of one scenario, as ``incentive.toml`` states them.

Numbers are exact decimals: a threshold of 1.2 is met by an attainment of exactly 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

MODES = ("marginal", "retroactive")
LEVELS = ("floor", "target", "stretch")
OF = ("rep", "team", "region")
BASES = ("period", "cumulative")
BONUS_MODES = ("band", "linear")
WITHIN = ("region", "team", "company")
MISSING = ("error", "pass")
PROPORTIONAL = "proportional"
CAPS = ("target_incentive",)
POOL_OF = ("company", "region", "team", "members")
TOTALS = ("goal", "street")
SPLITS = ("equal", "amount", "share", "none")


@dataclass(frozen=True)
class Threshold:
    """Where a tier begins: an attainment, or a level of the rep's own.

    Attributes
    ----------
    attainment : Decimal or None
        Actual / target; None where `level` says it.
    level : str
        ``floor``, ``target``, ``stretch``, or empty.
    """

    attainment: Decimal | None = None
    level: str = ""


@dataclass(frozen=True)
class Tier:
    """One tier of a commission: from `start` on (inclusive), `rate` of pay per unit sold."""

    start: Threshold
    rate: Decimal


@dataclass(frozen=True)
class Commission:
    """A commission block.

    Attributes
    ----------
    mode : str
        ``marginal``: each slice of the actual at its tier's rate; ``retroactive``: the whole
        actual at the rate of the tier reached.
    tiers : tuple of Tier
        In order of their start. A tier begins no earlier than those before it, so of two that
        begin together for a rep the later one holds.
    products : tuple of str
        Empty means all products.
    measure : str
        The column of the actuals that is paid; attainment is judged by ``amount``.
    per_unit : Decimal or None
        Pay units in one unit of the measure; None for that of the scenario.
    """

    mode: str
    tiers: tuple[Tier, ...]
    products: tuple[str, ...] = ()
    measure: str = "amount"
    per_unit: Decimal | None = None

    @cached_property
    def is_flat(self) -> bool:
        """Whether one rate holds from 0 on, so that no attainment is needed."""
        return len(self.tiers) == 1 and self.tiers[0].start == Threshold(Decimal(0))


@dataclass(frozen=True)
class Knot:
    """A multiplier of the target incentive from an attainment on."""

    start: Decimal
    multiplier: Decimal


@dataclass(frozen=True)
class Rank:
    """At least `multiplier` for the ⌈top × group⌉ best by attainment, ties at the cut all in."""

    top: Decimal
    multiplier: Decimal
    within: str = "region"
    start: Decimal = Decimal(0)
    min_group: int = 1


@dataclass(frozen=True)
class Progress:
    """At least `multiplier` from `start` on for a gain of `gain` attainment points."""

    gain: Decimal
    multiplier: Decimal
    start: Decimal = Decimal(0)


@dataclass(frozen=True)
class Bonus:
    """Target incentive × multiplier.

    Attributes
    ----------
    target_incentive : Decimal or str
        Per period in pay units, or the ``x_`` column of people that holds it.
    mode : str
        ``band`` (steps) or ``linear`` (between knots, flat beyond the last).
    knots : tuple of Knot
        In order of their start; below the first the multiplier is 0. Of two linear knots at
        one attainment the later one holds there (a jump).
    """

    target_incentive: Decimal | str
    mode: str
    knots: tuple[Knot, ...]
    rank: Rank | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class Gate:
    """Multiplies commission + bonus by `factor` where `metric` lies below `below`.

    A `factor` of None is in proportion: value / `below`, 0 for values below 0. Of gates on one
    metric only the lowest reached applies. `missing` is ``error`` or ``pass``.
    """

    metric: str
    below: Decimal
    factor: Decimal | None
    missing: str = "error"

    def left(self, value: Decimal) -> tuple[Decimal, Decimal]:
        """Return what is left at a value below `below`, as numerator and denominator."""
        if self.factor is not None:
            return self.factor, Decimal(1)
        return max(value, Decimal(0)), self.below


@dataclass(frozen=True)
class Cap:
    """Most that commission + bonus may pay after gates: `times` × what `of` names, or `amount`."""

    of: str = ""
    times: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Guarantee:
    """Top-up to `amount` a period in the first `periods` periods, by days where dates are known."""

    amount: Decimal
    periods: int


@dataclass(frozen=True)
class Plan:
    """How the reps that it matches are paid; the first plan that matches a rep pays it.

    Attributes
    ----------
    match : mapping of str to tuple of str
        Column of people to the values it takes; empty matches everyone.
    of : str
        ``rep``, ``team`` or ``region``: whose attainment is paid on.
    basis : str
        ``period``, or ``cumulative`` (year to date less what was paid before).
    paid : str
        When it is paid, in the planner's words; a label.
    """

    name: str
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of: str = "rep"
    basis: str = "period"
    commissions: tuple[Commission, ...] = ()
    bonus: Bonus | None = None
    gates: tuple[Gate, ...] = ()
    cap: Cap | None = None
    guarantee: Guarantee | None = None
    paid: str = ""


@dataclass(frozen=True)
class Pool:
    """Rate × (actual − over × target) of a group whose attainment reaches the trigger.

    Attributes
    ----------
    of : str
        ``company``, ``region`` or ``team``; ``members`` for a table of members.
    measured_against : str
        ``goal`` (the group's goal) or ``street`` (the sum of its reps' targets).
    split : str
        ``equal``, ``amount``, ``share`` (table ``pool_members``) or ``none``.
    paid : str
        When it is paid, in the planner's words; a label.
    """

    name: str
    rate: Decimal
    of: str = "team"
    measured_against: str = "goal"
    over: Decimal = Decimal(1)
    trigger: Decimal = Decimal(1)
    split: str = "equal"
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paid: str = ""


@dataclass(frozen=True)
class Award:
    """What a rep receives who held `at_least` of `metric` for `periods` periods, and when."""

    name: str
    metric: str
    at_least: Decimal
    periods: int = 1
    consecutive: bool = True
    text: str = ""
    amount: Decimal = Decimal(0)
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paid: str = ""


@dataclass(frozen=True)
class IncentivePlan:
    """All rules of pay of a scenario, in the order of the file."""

    plans: tuple[Plan, ...]
    pools: tuple[Pool, ...] = ()
    awards: tuple[Award, ...] = ()
