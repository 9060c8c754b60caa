"""Scorecards, read slowly: fractions, plain loops, nothing of the engine.

Written from the rules alone: cards by match and months since start, values by kind, points by
bands, missing values by policy, totals, ranges, ranks, grades.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.score_world import ScoreWorld

QUARTER_MONTHS = 3


@dataclass
class Told:
    """What the slow reading says of a rep in a period."""

    points: dict[str, Fraction | None]
    total: Fraction | None
    known: Fraction
    low: Fraction
    high: Fraction
    rank: int | None = None
    region_rank: int | None = None
    grade: str = ""


def number(value: Any) -> Fraction:
    return Fraction(value)


class Interpreter:
    """Scores a world whose periods are quarters."""

    def __init__(self, world: ScoreWorld) -> None:
        self.world = world
        self.rules = tomllib.loads(world.rules, parse_float=Fraction)

    def run(self) -> dict[tuple[str, str], Told]:
        told: dict[tuple[str, str], Told] = {}
        for period in self.world.periods:
            now: dict[str, Told] = {}
            for person in self.world.people:
                card = [one for one in self.rules["metric"] if self.has(person, one, period)]
                if card:
                    now[person["rep"]] = self.told(person["rep"], card, period)
            for rep, one in now.items():
                if one.total is None:
                    continue
                others = [(name, two.total) for name, two in now.items() if two.total is not None]
                one.rank = 1 + sum(total > one.total for _, total in others)
                home = self.region(rep)
                near = [total for name, total in others if self.region(name) == home]
                one.region_rank = 1 + sum(total > one.total for total in near)
                for grade in self.rules.get("grades", []):
                    if one.total >= number(grade["from"]):
                        one.grade = grade["name"]
            told |= {(period, rep): one for rep, one in now.items()}
        return told

    def region(self, rep: str) -> str:
        return next(one["region"] for one in self.world.people if one["rep"] == rep)

    def has(self, person: dict[str, str], metric: dict[str, Any], period: str) -> bool:
        """Whether a measure is on the card of a person."""
        first = 12 * int(period[:4]) + QUARTER_MONTHS * (int(period[5]) - 1)
        since = 10**6
        if person.get("start"):
            day = dt.date.fromisoformat(person["start"])
            month = 12 * day.year + day.month - 1
            if month >= first + QUARTER_MONTHS:
                return False
            since = max(0, first - month)
        for column, values in metric.get("match", {}).items():
            if column == "months":
                if since < values.get("from", 0) or since >= values.get("to", 10**9):
                    return False
                continue
            wanted = values if isinstance(values, list) else [values]
            if person.get(column, "") not in wanted:
                return False
        return True

    def told(self, rep: str, card: list[dict[str, Any]], period: str) -> Told:
        points: dict[str, Fraction | None] = {}
        weight = weighted = known = low = high = Fraction(0)
        for metric in card:
            share = number(metric["weight"])
            value = self.value(metric, period, rep)
            if value is None and metric.get("carry"):
                for earlier in reversed(self.world.periods[: self.world.periods.index(period)]):
                    value = self.value(metric, earlier, rep)
                    if value is not None:
                        break
            worst, best = self.least(metric), max(number(one["points"]) for one in metric["bands"])
            if value is not None:
                own = self.points(metric, value)
                known += share
                low += share * own
                high += share * own
            else:
                low += share * worst
                high += share * best
                policy = metric.get("missing", self.rules.get("missing"))
                middle = number(metric["neutral"]) if "neutral" in metric else (worst + best) / 2
                own = middle if policy == "neutral" else None
            points[metric["name"]] = own
            if own is not None:
                weight += share
                weighted += share * own
        return Told(points, weighted / weight if weight else None, known, low, high)

    def least(self, metric: dict[str, Any]) -> Fraction:
        fewest = min(number(one["points"]) for one in metric["bands"])
        begins = number(metric["bands"][0].get("from", metric["bands"][0].get("above")))
        lowest = -1 if metric["kind"] == "growth" else 0
        falls = metric.get("better") == "lower"
        return min(Fraction(0), fewest) if begins > lowest and not falls else fewest

    def figure(self, name: str, period: str, rep: str) -> Fraction | None:
        if name == "amount":
            cell = self.world.sales.get((period, rep))
            return number(cell["amount"]) if cell else Fraction(0)
        if name == "attainment":
            cell = self.world.sales.get((period, rep), {"target": "0"})
            target = number(cell["target"])
            return number(cell["amount"]) / target if target > 0 else None
        found = self.world.metrics.get((period, rep), {}).get(name)
        return None if found is None else number(found)

    def value(self, metric: dict[str, Any], period: str, rep: str) -> Fraction | None:
        source = metric["source"]
        figure = self.figure(source, period, rep)
        if figure is None or metric["kind"] == "level":
            return figure
        if metric["kind"] == "ratio":
            due = metric.get("of", "target")
            if due == "target":
                base = number(self.world.sales.get((period, rep), {"target": "0"})["target"])
            elif isinstance(due, str):
                found = self.figure(due, period, rep)
                base = Fraction(0) if found is None else found
            else:
                base = number(due)
            return figure / base if base > 0 else None
        place = self.world.periods.index(period)
        last = self.figure(f"{source}_before", period, rep)
        if last is None and place:
            last = self.figure(source, self.world.periods[place - 1], rep)
        return figure / last - 1 if last is not None and last > 0 else None

    def points(self, metric: dict[str, Any], value: Fraction) -> Fraction:
        bands = metric["bands"]
        held = None
        for place, band in enumerate(bands):
            if ("from" in band and value >= number(band["from"])) or (
                "above" in band and value > number(band["above"])
            ):
                held = place
        if held is None:
            falls = metric.get("better") == "lower"
            return number(bands[0]["points"]) if falls else Fraction(0)
        here = number(bands[held]["points"])
        if metric["mode"] == "band" or held == len(bands) - 1:
            return here
        start, end = number(bands[held]["from"]), number(bands[held + 1]["from"])
        there = number(bands[held + 1]["points"])
        return (here * (end - value) + there * (value - start)) / (end - start)
