"""Pools: a share of the excess of a group, split among its people to the cent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from optimizer.incentives.match import matching
from optimizer.incentives.plan import Pool
from optimizer.incentives.words import percent
from optimizer.pay.exact import ZERO, cents, decimal, exact, shared, total
from optimizer.pay.figures import Figures
from optimizer.pay.line import POOL, Line
from optimizer.pay.run import PlannedPay


@dataclass(frozen=True)
class Fund:
    """What a pool holds for one group in one period.

    Attributes
    ----------
    target : Fraction
        In the unit of the plan; that of a team may have no decimal.
    actual : Decimal
        In the unit of the plan.
    amount : Decimal
        In pay units, whole cents.
    parts : mapping of rep to amount
        Empty where nobody is paid from it; else they add up to `amount`.
    """

    pool: Pool
    period: str
    group: str
    target: Fraction
    actual: Decimal
    amount: Decimal
    parts: Mapping[str, Decimal]

    @property
    def attainment(self) -> Decimal | None:
        """Actual / target; None without a target."""
        return decimal(Fraction(self.actual) / self.target) if self.target > 0 else None

    def line(self, rep: str) -> Line:
        """Return the ledger line of one of its people."""
        part = self.parts[rep]
        text = f"{self.pool.split} part of {percent(self.pool.rate)} of the excess, {self.group}"
        return Line(POOL, self.pool.name, text, self.amount, part / self.amount, part)


class Groups:
    """The groups of a pool and who is in them, whatever the period."""

    def __init__(self, run: PlannedPay, pool: Pool) -> None:
        self._run, self.pool = run, pool
        people = run.scenario.tables["people"]
        chosen = people["rep"][matching(pool.match, run.scenario)]
        self.sharing = frozenset(map(str, chosen))
        self.shares: dict[str, Decimal] = {}
        table = run.scenario.table("pool_members")
        if table is not None:
            own = table[table["pool"] == pool.name]
            self.shares = {
                str(rep): exact(share) for rep, share in zip(own["rep"], own["share"], strict=True)
            }
        self._references: dict[tuple[str, str], Decimal] = {}
        for (period, region, _), amount in run.references.items():
            place = period, region
            self._references[place] = self._references.get(place, ZERO) + amount
        self.members = self._members()

    def _members(self) -> dict[str, list[str]]:
        """Return group → its people, by name."""
        found: dict[str, list[str]] = {}
        for rep, person in self._run.people.items():
            for group in self._groups_of(rep, person.region, person.team):
                found.setdefault(group, []).append(rep)
        return dict(sorted(found.items()))

    def _groups_of(self, rep: str, region: str, team: str) -> Iterator[str]:
        if self.pool.of == "company":
            yield "*"
        elif self.pool.of == "region":
            yield region
        elif self.pool.of == "team" and team:
            yield team
        elif self.pool.of == "members" and rep in self.shares:
            yield self.pool.name

    def target(self, period: str, group: str, figures: Mapping[str, Figures]) -> Fraction:
        """Return what the group's actual is measured against."""
        run, main = self._run, self._run.measures[0]
        if self.pool.measured_against == "street":
            return Fraction(
                total(figures[rep].level(main, "target") for rep in self.members[group])
            )
        if self.pool.of in ("company", "region"):
            return Fraction(run.goals.get((period, group), ZERO))
        region = run.people[self.members[group][0]].region
        own = run.references.get((period, region, group), ZERO)
        whole = self._references.get((period, region), ZERO)
        goal = Fraction(run.goals.get((period, region), ZERO))
        return goal * Fraction(own) / Fraction(whole) if whole > 0 else Fraction(0)


def funds_of(
    groups: Groups,
    period: str,
    figures: Mapping[str, Figures],
    paid: Collection[str],
    run: PlannedPay,
) -> list[Fund]:
    """Return what a pool holds for each of its groups in a period.

    Parameters
    ----------
    groups : Groups
    period : str
    figures : mapping of rep to Figures
        Of the period, of everybody.
    paid : collection of rep
        Those who are paid at all: open positions are not.
    run : PlannedPay
    """
    pool, main = groups.pool, run.measures[0]
    found = []
    for group, members in groups.members.items():
        target = groups.target(period, group, figures)
        actual = total(figures[rep].actual(main) for rep in members)
        amount = ZERO
        excess = Fraction(actual) - Fraction(pool.over) * target
        if target > 0 and Fraction(actual) >= Fraction(pool.trigger) * target and excess > 0:
            amount = cents(decimal(excess * Fraction(pool.rate) * Fraction(run.per_unit)))
        weights = {
            rep: _weight(groups, rep, figures[rep].actual(main))
            for rep in members
            if rep in paid and rep in groups.sharing
        }
        weights = {rep: weight for rep, weight in weights.items() if weight > 0}
        is_shared = pool.split != "none" and amount > 0 and bool(weights)
        parts = shared(amount, weights) if is_shared else {}
        found.append(Fund(pool, period, group, target, actual, amount, parts))
    return found


def _weight(groups: Groups, rep: str, actual: Decimal) -> Decimal:
    if groups.pool.split == "amount":
        return actual
    if groups.pool.split == "share":
        return groups.shares.get(rep, ZERO)
    return Decimal(1)
