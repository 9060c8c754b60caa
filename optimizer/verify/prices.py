"""``prices.csv`` as terms of the Lagrangian: what each rule's price does to cells and reps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from optimizer.verify.axes import place
from optimizer.verify.bands import Slice
from optimizer.verify.cube import Floats
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault

CHECK = "proof"
FILE = "prices.csv"
STEPS = ("gap", "cover", "fairness")
SHARES = ("period_share", "product_share", "region_share", "share")


@dataclass(frozen=True)
class Rule:
    """One row of ``prices.csv`` on the axes."""

    kind: str
    side: str
    where: Slice
    rep: int
    price: float


@dataclass
class Weights:
    """L without its objective: a constant, and slopes of ask, placed and rep targets.

    The three cubes are sums of prices by slice, to be spread over the cells.

    Attributes
    ----------
    constant : float
    ask, placed, sold : (node, period + 1, product + 1) floats
        `sold` is what a unit of rep target is worth (the negative of its slope).
    street : float
        What a unit of any rep target is worth, wherever it is.
    of_rep : list of (rep, period, product, worth)
        What locks on reps add.
    of_year : list of (rep, worth)
        What year limits add in every period.
    """

    constant: float
    ask: Floats
    placed: Floats
    sold: Floats
    street: float = 0.0
    of_rep: list[tuple[int, int, int, float]] = field(default_factory=list)
    of_year: list[tuple[int, float]] = field(default_factory=list)


def read_prices(
    facts: Facts, frame: pd.DataFrame
) -> tuple[Mapping[str, tuple[Rule, ...]], tuple[Failure, ...]]:
    """Return the rules with a price by step, and the rows that name no rule of this scenario."""
    axes, crew = facts.axes, facts.crew
    places = zip(
        axes.period(frame["period"]), axes.node(frame["region"]), axes.product(frame["product"]),
        place(crew.names if crew else (), frame["rep"]), strict=True,
    )  # fmt: skip
    known = _known(facts)
    steps: dict[str, list[Rule]] = {step: [] for step in STEPS}
    failures: list[Failure] = []
    texts = frame[["step", "kind", "side"]].astype(str).to_numpy()
    prices = frame["price"].to_numpy(dtype=float)
    for number, (q, node, p, rep) in enumerate(places):
        step, kind, side = texts[number]
        rule = Rule(kind, side, (int(q), int(node), int(p)), int(rep), float(prices[number]))
        where = f"row {frame.index[number]}, {step} {kind} {side}"
        if step not in steps:
            failures.append(fault(CHECK, FILE, where, "is of no step of the proof"))
        elif not known(rule):
            failures.append(fault(CHECK, FILE, where, "is the price of no rule of this scenario"))
        elif rule.side != "equal" and rule.price < 0.0:
            failures.append(
                fault(CHECK, FILE, where, "the price of a limit cannot be below 0 (wrong sign)",
                      "0 or more", rule.price)
            )  # fmt: skip
        else:
            steps[step].append(rule)
    return {step: tuple(rules) for step, rules in steps.items()}, tuple(failures)


def weigh(facts: Facts, rules: tuple[Rule, ...], most: Mapping[str, float]) -> Weights:
    """Return −Σ price · (rule written as g ≥ 0 or g = 0).

    Parameters
    ----------
    most : mapping
        ``placed`` and ``street``: the best values of the first two steps; ``exact`` is 1
        where limits are to count as they were before rounding.
    """
    axes = facts.axes
    shape = (len(axes.tree.names), axes.shape[1] + 1, axes.shape[2] + 1)
    weights = Weights(0.0, np.zeros(shape), np.zeros(shape), np.zeros(shape))
    book = _Book(facts, bool(most.get("exact")))
    for rule in rules:
        _ADDERS[rule.kind](weights, rule, book, most)
    return weights


class _Book:
    """Amounts of the rules, by their slices."""

    def __init__(self, facts: Facts, exact: bool) -> None:
        self.ask_total = facts.ask_total
        self.over = 1.0 + facts.terms.over_rep
        self.bands = {(band.kind, band.part): band for band in facts.bands}
        self.locks = {(lock.where, lock.rep): lock.amount for lock in facts.locks}
        self.potential: dict[Slice, float] = {}
        for market in facts.markets:
            amount = market.exact if exact else market.usable
            before = self.potential.get(market.where, np.inf)
            self.potential[market.where] = min(before, amount)
        years = facts.years
        self.year: dict[str, Floats] = {}
        if years is not None:
            self.year["min"] = years.least if exact else years.low
            self.year["max"] = years.exact_high if exact else years.high


def _at(where: Slice) -> tuple[int, int, int]:
    q, node, p = where
    return node, q, p


def _goal(weights: Weights, rule: Rule, book: _Book, most: Mapping[str, float]) -> None:
    weights.ask[0, -1, -1] -= rule.price
    weights.constant += rule.price * book.ask_total


def _share(weights: Weights, rule: Rule, book: _Book, most: Mapping[str, float]) -> None:
    band = book.bands[rule.kind, rule.where]
    sign, limit = (1.0, band.low) if rule.side == "min" else (-1.0, band.high)
    assert limit is not None
    weights.ask[_at(band.part)] -= sign * rule.price
    weights.ask[_at(band.whole)] += sign * rule.price * limit


def _potential(weights: Weights, rule: Rule, book: _Book, most: Mapping[str, float]) -> None:
    weights.placed[_at(rule.where)] += rule.price
    weights.constant -= rule.price * book.potential[rule.where]


def _coverage(weights: Weights, rule: Rule, book: _Book, most: Mapping[str, float]) -> None:
    at = _at(rule.where)
    if rule.side == "min":
        weights.placed[at] += rule.price
        weights.sold[at] += rule.price
    else:
        weights.placed[at] -= book.over * rule.price
        weights.sold[at] -= rule.price


def _lock(weights: Weights, rule: Rule, book: _Book, most: Mapping[str, float]) -> None:
    amount = _lock_amount(book, rule)
    weights.constant += rule.price * (amount or 0.0)
    if rule.rep >= 0:
        q, _, p = rule.where
        weights.of_rep.append((rule.rep, q, p, rule.price))
    else:
        weights.placed[_at(rule.where)] -= rule.price


def _year(weights: Weights, rule: Rule, book: _Book, most: Mapping[str, float]) -> None:
    sign = 1.0 if rule.side == "min" else -1.0
    weights.of_year.append((rule.rep, sign * rule.price))
    weights.constant += sign * rule.price * float(book.year[rule.side][rule.rep])


def _placed(weights: Weights, rule: Rule, book: _Book, most: Mapping[str, float]) -> None:
    weights.placed[0, -1, -1] -= rule.price
    weights.constant += rule.price * most["placed"]


def _street(weights: Weights, rule: Rule, book: _Book, most: Mapping[str, float]) -> None:
    weights.street += rule.price
    weights.constant += rule.price * most["street"]


_ADDERS: dict[str, Callable[[Weights, Rule, _Book, Mapping[str, float]], None]] = {
    "goal": _goal,
    **dict.fromkeys(SHARES, _share),
    "potential": _potential,
    "coverage": _coverage,
    "lock": _lock,
    "year": _year,
    "placed": _placed,
    "street": _street,
}


def _known(facts: Facts) -> Callable[[Rule], bool]:
    book = _Book(facts, exact=False)
    everything = (-1, 0, -1)
    sides = {"goal": ("equal",), "lock": ("equal",), "potential": ("max",),
             "coverage": ("min", "max"), "year": ("min", "max"),
             "placed": ("min",), "street": ("min",),
             **dict.fromkeys(SHARES, ("min", "max"))}  # fmt: skip

    def known(rule: Rule) -> bool:
        if rule.side not in sides.get(rule.kind, ()) or min(*rule.where, rule.rep) < -1:
            return False
        if rule.kind in SHARES:
            band = book.bands.get((rule.kind, rule.where))
            return band is not None and (band.low if rule.side == "min" else band.high) is not None
        if rule.kind == "potential":
            return rule.where in book.potential
        if rule.kind == "lock":
            return _lock_amount(book, rule) is not None
        if rule.kind == "year":
            limits = book.year.get(rule.side)
            if limits is None or rule.rep < 0 or rule.where[::2] != (-1, -1):
                return False
            return bool(np.isfinite(limits[rule.rep]))
        if rule.kind in ("coverage", "street"):
            return facts.crew is not None
        return rule.where == everything

    return known


def _lock_amount(book: _Book, rule: Rule) -> float | None:
    if (rule.where, rule.rep) in book.locks:
        return book.locks[rule.where, rule.rep]
    # A lock on a rep may be written with the rep's region, or without.
    q, _, p = rule.where
    for (where, rep), amount in book.locks.items():
        if rule.rep >= 0 and rep == rule.rep and (where[0], where[2]) == (q, p):
            return amount
    return None
