"""Rules of pay, read slowly: fractions, plain loops, nothing of the engine.

Written from the rules alone. Every line is rounded to the cent, half away from zero; gates, cap
and guarantee start from rounded lines.
"""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from fractions import Fraction
from typing import Any

from tests.pay_world import PayWorld

QUARTER_MONTHS = 3


def cent(value: Fraction) -> Fraction:
    sign = -1 if value < 0 else 1
    return sign * Fraction(math.floor(abs(value) * 100 + Fraction(1, 2)), 100)


def number(value: Any) -> Any:
    """Return a TOML value with every number as a fraction."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, list):
        return [number(item) for item in value]
    if isinstance(value, dict):
        return {name: number(item) for name, item in value.items()}
    return Fraction(value)


class Interpreter:
    """Pays a world."""

    def __init__(self, world: PayWorld) -> None:
        self.world = world
        text = tomllib.loads(world.rules, parse_float=Fraction)
        self.rules = number(text)
        self.people = {one["rep"]: one for one in world.people}
        self.attained: dict[tuple[str, str], Fraction] = {}
        self.earned: dict[tuple[str, str], Fraction] = {}
        self.paid: dict[tuple[str, str], Fraction] = {}

    def run(self) -> dict[tuple[str, str], Fraction]:
        for period in self.world.periods:
            self.period(period)
        return self.paid

    # sums

    def sum(
        self, reps: list[str], periods: list[str], column: str, products: list[str]
    ) -> Fraction:
        found = Fraction(0)
        for (period, rep, product), cell in self.world.cells.items():
            if rep in reps and period in periods and (not products or product in products):
                found += Fraction(cell[column])
        return found

    def matches(self, match: dict[str, Any], rep: str) -> bool:
        for column, values in match.items():
            allowed = values if isinstance(values, list) else [values]
            if self.people[rep].get(column, "") not in allowed:
                return False
        return True

    def plan(self, rep: str) -> dict[str, Any] | None:
        for plan in self.rules.get("plan", []):
            if self.matches(plan.get("match", {}), rep):
                return plan
        return None

    def scope(self, rep: str, period: str) -> tuple[list[str], list[str]]:
        """Return the reps and the periods whose figures pay a rep."""
        plan = self.plan(rep) or {}
        of = plan.get("of", "rep")
        reps = [one for one in self.people if self.people[one][of] == self.people[rep][of]]
        periods = [period]
        if plan.get("basis") == "cumulative":
            upto = self.world.periods[: self.world.periods.index(period) + 1]
            periods = [one for one in upto if one[:4] == period[:4]]
        return reps, periods

    def attainment(self, rep: str, period: str) -> Fraction | None:
        reps, periods = self.scope(rep, period)
        target = self.sum(reps, periods, "target", [])
        return self.sum(reps, periods, "amount", []) / target if target else None

    # parts of pay

    def commission(self, block: dict[str, Any], rep: str, period: str) -> Fraction:
        reps, periods = self.scope(rep, period)
        products = block.get("products", [])
        measure = block.get("measure", "amount")
        per_unit = block.get("per_unit", Fraction(self.world.per_unit))
        sold = self.sum(reps, periods, "amount", products)
        paid = self.sum(reps, periods, measure, products)
        tiers = block["tiers"]
        if len(tiers) == 1 and tiers[0]["from"] == 0:
            return cent(max(paid, Fraction(0)) * per_unit * tiers[0]["rate"])
        target = self.sum(reps, periods, "target", products)
        if target == 0 or sold <= 0 or paid <= 0:
            return Fraction(0)
        starts: list[Fraction] = []
        for tier in tiers:
            level = tier["from"]
            start = (
                self.sum(reps, periods, level, products)
                if isinstance(level, str)
                else level * target
            )
            starts.append(max([start, *starts]))
        if block["mode"] == "retroactive":
            rate = None
            for tier, start in zip(tiers, starts, strict=True):
                if sold >= start:
                    rate = tier["rate"]
            return Fraction(0) if rate is None else cent(paid * per_unit * rate)
        total = Fraction(0)
        for index, tier in enumerate(tiers):
            end = starts[index + 1] if index + 1 < len(tiers) else sold
            part = min(sold, end) - starts[index]
            if part > 0:
                total += cent(paid * part / sold * per_unit * tier["rate"])
        return total

    def incentive(self, bonus: dict[str, Any], rep: str) -> Fraction:
        amount = bonus["target_incentive"]
        return Fraction(self.people[rep][amount]) if isinstance(amount, str) else amount

    def bonus(self, bonus: dict[str, Any], rep: str, period: str) -> Fraction:
        reached = self.attainment(rep, period)
        if reached is None:
            return Fraction(0)
        bands = bonus["bands"]
        best = Fraction(0)
        below = [band for band in bands if band["from"] <= reached]
        if below:
            best = below[-1]["multiplier"]
            above = [band for band in bands if band["from"] > reached]
            if bonus["mode"] == "linear" and above:
                low, high = below[-1], above[0]
                share = (reached - low["from"]) / (high["from"] - low["from"])
                best += share * (high["multiplier"] - low["multiplier"])
        if "rank" in bonus and rep in self.top(bonus["rank"], rep, period):
            best = max(best, bonus["rank"]["multiplier"])
        progress = bonus.get("progress")
        before = self.before(rep, period)
        if progress and before is not None:
            is_there = reached >= progress.get("from", 0)
            if is_there and reached - before >= progress["gain"]:
                best = max(best, progress["multiplier"])
        _, periods = self.scope(rep, period)
        return cent(self.incentive(bonus, rep) * len(periods) * best)

    def before(self, rep: str, period: str) -> Fraction | None:
        given = self.world.metrics.get((period, rep), {}).get("attainment_before")
        if given is not None:
            return Fraction(given)
        place = self.world.periods.index(period)
        return self.attained.get((self.world.periods[place - 1], rep)) if place else None

    def top(self, rank: dict[str, Any], rep: str, period: str) -> list[str]:
        within = rank.get("within", "region")
        plan = self.plan(rep)
        group = {}
        for other, person in self.people.items():
            same = within == "company" or person[within] == self.people[rep][within]
            if same and self.plan(other) is plan and self.is_paid(other, period):
                reached = self.attainment(other, period)
                if reached is not None:
                    group[other] = reached
        if len(group) < rank.get("min_group", 1) or not group:
            return []
        winners = math.ceil(rank["top"] * len(group))
        cut = sorted(group.values())[-winners]
        return [
            one
            for one, reached in group.items()
            if reached >= cut and reached >= rank.get("from", 0)
        ]

    def gated(self, plan: dict[str, Any], rep: str, period: str, amount: Fraction) -> Fraction:
        metrics = []
        for gate in plan.get("gate", []):
            if gate["metric"] not in metrics:
                metrics.append(gate["metric"])
        for metric in metrics:
            value = self.world.metrics.get((period, rep), {}).get(metric)
            if value is None:
                continue
            reached = [
                (gate["below"], gate["factor"])
                for gate in plan["gate"]
                if gate["metric"] == metric and Fraction(value) < gate["below"]
            ]
            if reached:
                below, factor = min(reached, key=lambda one: one[0])
                if factor == "proportional":
                    factor = max(Fraction(value), Fraction(0)) / below
                amount = cent(amount * factor)
        return amount

    def capped(self, plan: dict[str, Any], rep: str, period: str, amount: Fraction) -> Fraction:
        cap = plan.get("cap")
        if cap is None:
            return amount
        _, periods = self.scope(rep, period)
        most = cap.get("amount")
        if most is None:
            most = cap["times"] * self.incentive(plan["bonus"], rep)
        return min(amount, cent(most * len(periods)))

    def is_paid(self, rep: str, period: str) -> bool:
        if self.people[rep].get("open") != "yes":
            return True
        return any(place[:2] == (period, rep) for place in self.world.cells)

    # one period

    def period(self, period: str) -> None:
        reps = [rep for rep in sorted(self.people) if self.is_paid(rep, period)]
        pooled = dict.fromkeys(reps, Fraction(0))
        for pool in self.rules.get("pool", []):
            for rep, part in self.pool(pool, period, reps).items():
                pooled[rep] += part
        for rep in reps:
            plan = self.plan(rep)
            amount = Fraction(0)
            if plan is not None:
                for block in plan.get("commission", []):
                    amount += self.commission(block, rep, period)
                if "bonus" in plan:
                    amount += self.bonus(plan["bonus"], rep, period)
                amount = self.gated(plan, rep, period, amount)
                amount = self.capped(plan, rep, period, amount)
                if plan.get("basis") == "cumulative":
                    _, periods = self.scope(rep, period)
                    before = sum(
                        (self.earned.get((one, rep), Fraction(0)) for one in periods[:-1]),
                        Fraction(0),
                    )
                    amount = max(amount - before, Fraction(0))
            self.earned[period, rep] = amount
            reached = self.attainment(rep, period)
            if reached is not None:
                self.attained[period, rep] = reached
            amount += pooled[rep]
            for award in self.rules.get("award", []):
                if self.matches(award.get("match", {}), rep) and self.held(award, rep, period):
                    amount += cent(award.get("amount", Fraction(0)))
            if plan is not None and "guarantee" in plan:
                amount = max(amount, self.least(plan["guarantee"], rep, period))
            self.paid[period, rep] = amount

    def pool(self, pool: dict[str, Any], period: str, paid: list[str]) -> dict[str, Fraction]:
        of = pool.get("of", "team")
        groups: dict[str, list[str]] = {}
        weights = {rep: Fraction(share) for name, rep, share in self.world.members
                   if name == pool["name"]}  # fmt: skip
        for rep, person in self.people.items():
            if of == "members":
                if rep in weights:
                    groups.setdefault("members", []).append(rep)
            elif of == "company":
                groups.setdefault("*", []).append(rep)
            elif person[of]:
                groups.setdefault(person[of], []).append(rep)
        found: dict[str, Fraction] = {}
        for name, members in groups.items():
            target = self.group_target(pool, of, name, members, period)
            actual = self.sum(members, [period], "amount", [])
            if target <= 0 or actual < pool.get("trigger", 1) * target:
                continue
            excess = actual - pool.get("over", 1) * target
            amount = cent(max(excess, Fraction(0)) * pool["rate"] * Fraction(self.world.per_unit))
            sharing = [
                rep for rep in members if rep in paid and self.matches(pool.get("match", {}), rep)
            ]
            found |= self.split(pool.get("split", "equal"), amount, sharing, weights, period)
        return found

    def group_target(
        self, pool: dict[str, Any], of: str, name: str, members: list[str], period: str
    ) -> Fraction:
        default = "street" if of == "members" else "goal"
        if pool.get("measured_against", default) == "street":
            return self.sum(members, [period], "target", [])
        if of in ("company", "region"):
            return Fraction(self.world.goals[period, name])
        region = self.people[members[0]]["region"]
        everyone = [rep for rep in self.people if self.people[rep]["region"] == region]
        whole = self.sum(everyone, [period], "target", [])
        if not whole:
            return Fraction(0)
        own = self.sum(members, [period], "target", [])
        return Fraction(self.world.goals[period, region]) * own / whole

    def split(
        self,
        how: str,
        amount: Fraction,
        sharing: list[str],
        weights: dict[str, Fraction],
        period: str,
    ) -> dict[str, Fraction]:
        parts: dict[str, Fraction] = {}
        for rep in sharing:
            if how == "equal":
                parts[rep] = Fraction(1)
            elif how == "amount":
                parts[rep] = max(self.sum([rep], [period], "amount", []), Fraction(0))
            elif how == "share":
                parts[rep] = weights.get(rep, Fraction(0))
        whole = sum(parts.values(), Fraction(0))
        if not whole:
            return {}
        exact = {rep: amount * part / whole for rep, part in parts.items()}
        given = {rep: Fraction(math.floor(part * 100), 100) for rep, part in exact.items()}
        while sum(given.values(), Fraction(0)) < amount:
            most = max(exact[rep] - given[rep] for rep in given)
            first = min(rep for rep in given if exact[rep] - given[rep] == most)
            given[first] += Fraction(1, 100)
        return given

    def held(self, award: dict[str, Any], rep: str, period: str) -> bool:
        values = []
        for one in self.world.periods[: self.world.periods.index(period) + 1]:
            if award["metric"] == "attainment":
                value = self.attained.get((one, rep))
            else:
                text = self.world.metrics.get((one, rep), {}).get(award["metric"])
                value = None if text is None else Fraction(text)
            values.append(value is not None and value >= award["at_least"])
        if not values[-1]:
            return False
        streak = 0
        for reached in values:
            streak = streak + 1 if reached else (0 if award.get("consecutive", True) else streak)
        return streak % int(award.get("periods", 1)) == 0

    def least(self, guarantee: dict[str, Any], rep: str, period: str) -> Fraction:
        periods = int(guarantee["periods"])
        text = self.people[rep].get("start", "")
        first, after = quarter(period)
        if not text:
            share = Fraction(int(self.world.periods.index(period) < periods))
            return cent(guarantee["amount"] * share)
        start = dt.date.fromisoformat(text)
        passed = order(first) - order(start)
        if start >= after or passed >= periods:
            return Fraction(0)
        days = (after - max(first, start)).days
        return cent(guarantee["amount"] * Fraction(days, (after - first).days))


def order(day: dt.date) -> int:
    """Return the quarter of a day, counted from year 0."""
    return day.year * 4 + (day.month - 1) // QUARTER_MONTHS


def quarter(label: str) -> tuple[dt.date, dt.date]:
    year, part = int(label[:4]), int(label[5])
    after = (year + 1, 1) if part == 4 else (year, QUARTER_MONTHS * part + 1)
    return dt.date(year, QUARTER_MONTHS * part - 2, 1), dt.date(*after, 1)
