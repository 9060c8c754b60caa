"""``prices.csv`` as terms of the Lagrangian: what each rule's price does to cells and reps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
import pandas as pd

from optimizer.verify.axes import place
from optimizer.verify.bands import Slice
from optimizer.verify.cube import ALL, Bools, Floats, Ints
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault

CHECK = "proof"
FILE = "prices.csv"
STEPS = ("gap", "cover", "fairness")
SHARES = ("period_share", "product_share", "region_share", "share")
SIDES = ("min", "max", "equal")
KINDS = {
    "goal": ("equal",),
    **dict.fromkeys(SHARES, ("min", "max")),
    "potential": ("max",),
    "coverage": ("min", "max"),
    "lock": ("equal",),
    "year": ("min", "max"),
    "placed": ("min",),
    "street": ("min",),
}
"""The kinds of rules, and the sides that each may have."""


@dataclass(frozen=True)
class Rules:
    """Rows of ``prices.csv`` on the axes, each (row,).

    Attributes
    ----------
    kind, side : (row,) ints
        Which of `KINDS` and `SIDES`.
    period, node, product, rep : (row,) ints
        ALL where a row does not name one.
    price : (row,) floats
    """

    kind: Ints
    side: Ints
    period: Ints
    node: Ints
    product: Ints
    rep: Ints
    price: Floats

    def take(self, rows: Bools) -> Rules:
        """Return some of the rows."""
        return Rules(*(getattr(self, one.name)[rows] for one in fields(self)))

    def of(self, *kinds: str) -> Bools:
        """Return which rows are of some kinds."""
        names = list(KINDS)
        numbers = [names.index(kind) for kind in kinds]
        return np.asarray(np.isin(self.kind, numbers), dtype=bool)


@dataclass(frozen=True)
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
    of_rep : Rules
        Locks on reps, each of which adds its price.
    of_year : (limit,) ints and (limit,) floats
        Reps with year limits, and what each adds in every period.
    """

    constant: float
    ask: Floats
    placed: Floats
    sold: Floats
    street: float
    of_rep: Rules
    of_year: tuple[Ints, Floats]


def read_prices(
    facts: Facts, frame: pd.DataFrame
) -> tuple[Mapping[str, Rules], tuple[Failure, ...]]:
    """Return the rules with a price by step, and the rows that name no rule of this scenario."""
    axes, crew = facts.axes, facts.crew
    rules = Rules(
        place(tuple(KINDS), frame["kind"]), place(SIDES, frame["side"]),
        axes.period(frame["period"]), axes.node(frame["region"]), axes.product(frame["product"]),
        place(crew.names if crew else (), frame["rep"]), frame["price"].to_numpy(dtype=float),
    )  # fmt: skip
    step = place(STEPS, frame["step"])
    known = _known(facts, rules)
    below = (rules.price < 0.0) & (rules.side != SIDES.index("equal"))
    failures: list[Failure] = []
    for row in np.flatnonzero((step < 0) | ~known | below).tolist():
        labels = " ".join(str(frame[name].iloc[row]) for name in ("step", "kind", "side"))
        where = f"row {frame.index[row]}, {labels}"
        if step[row] < 0:
            failures.append(fault(CHECK, FILE, where, "is of no step of the proof"))
        elif not known[row]:
            failures.append(fault(CHECK, FILE, where, "is the price of no rule of this scenario"))
        else:
            failures.append(
                fault(CHECK, FILE, where, "the price of a limit cannot be below 0 (wrong sign)",
                      "0 or more", rules.price[row])
            )  # fmt: skip
    good = known & ~below
    steps = {name: rules.take(good & (step == number)) for number, name in enumerate(STEPS)}
    return steps, tuple(failures)


def _known(facts: Facts, rules: Rules) -> Bools:
    """Return which rows are of rules that the scenario has."""
    allowed = np.array([[side in sides for side in SIDES] for sides in KINDS.values()], dtype=bool)
    known = np.minimum.reduce([rules.period, rules.node, rules.product, rules.rep]) >= ALL
    known &= (rules.kind >= 0) & (rules.side >= 0)
    known[known] = allowed[rules.kind[known], rules.side[known]]
    every_time = (rules.period == ALL) & (rules.product == ALL)
    known &= every_time | ~rules.of("goal", "placed", "year")
    known &= (rules.node == 0) | ~rules.of("goal", "placed")
    known &= (rules.rep >= 0) | ~rules.of("year")
    known &= np.array(facts.crew is not None) | ~rules.of("coverage", "street", "year")
    known[known] = np.isfinite(_Amounts(facts, rules.take(known), exact=False).amount)
    return np.asarray(known, dtype=bool)


def weigh(facts: Facts, rules: Rules, most: Mapping[str, float], *, exact: bool) -> Weights:
    """Return −Σ price · (rule written as g ≥ 0 or g = 0).

    Parameters
    ----------
    most : mapping
        ``placed`` and ``street``: the best values of the first two steps.
    exact : bool
        Whether limits count as they were before rounding.
    """
    limits = _Amounts(facts, rules, exact=exact)
    low = np.where(rules.side == SIDES.index("min"), 1.0, -1.0)
    price, at = rules.price, (rules.node, rules.period, rules.product)
    gives = np.where(rules.of("potential"), -1.0, np.where(rules.of("year"), low, 1.0))
    amount = np.where(rules.of(*SHARES, "coverage"), 0.0, limits.amount)
    for name, value in most.items():
        amount[rules.of(name)] = value
    shape = (len(facts.axes.tree.names), facts.axes.shape[1] + 1, facts.axes.shape[2] + 1)

    def cube(*terms: tuple[Bools, Floats]) -> Floats:
        total = np.zeros(shape)
        for rows, worth in terms:
            np.add.at(total, tuple(index[rows] for index in at), worth[rows])
        return total

    ask = cube((rules.of("goal"), -price), (rules.of(*SHARES), -low * price))
    share = rules.of(*SHARES)
    np.add.at(ask, limits.wholes(share), (low * price * limits.amount)[share])
    cover, lock = rules.of("coverage"), rules.of("lock")
    over = np.where(low > 0.0, 1.0, -(1.0 + facts.terms.over_rep))
    of_rep, of_year = lock & (rules.rep >= 0), rules.of("year")
    return Weights(
        constant=float((gives * price * amount).sum()),
        ask=ask,
        placed=cube(
            (rules.of("potential"), price),
            (cover, over * price),
            ((lock & ~of_rep) | rules.of("placed"), -price),
        ),
        sold=cube((cover, low * price)),
        street=float(price[rules.of("street")].sum()),
        of_rep=rules.take(of_rep),
        of_year=(rules.rep[of_year], (low * price)[of_year]),
    )


class _Amounts:
    """What each of some rules holds by: an amount, of shares a share; NaN where there is none."""

    def __init__(self, facts: Facts, rules: Rules, *, exact: bool) -> None:
        self.facts = facts
        self.rules = rules
        self.amount = np.zeros(len(rules.price))
        self.amount[rules.of("goal")] = facts.ask_total
        self._band = np.zeros(len(rules.price), dtype=np.int64)
        for kinds, amounts in (
            (SHARES, self._shares), (("lock",), self._locks),
            (("potential",), partial(self._potentials, exact=exact)),
            (("year",), partial(self._years, exact=exact)),
        ):  # fmt: skip
            rows = np.flatnonzero(rules.of(*kinds))
            if len(rows):
                self.amount[rows] = amounts(rows)

    def wholes(self, rows: Bools) -> tuple[Ints, Ints, Ints]:
        """Return where the wholes of some shares stand in a margin cube."""
        places = [self.facts.bands[number].whole for number in self._band[rows].tolist()]
        q, node, p = np.array(places, dtype=np.int64).reshape(-1, 3).T
        return node, q, p

    def _slices(self, rows: Ints) -> Iterator[Slice]:
        rules = self.rules
        places = (index[rows].tolist() for index in (rules.period, rules.node, rules.product))
        return zip(*places, strict=True)

    def _shares(self, rows: Ints) -> Floats:
        number = {(band.kind, band.part): at for at, band in enumerate(self.facts.bands)}
        names = tuple(KINDS)
        kinds = [names[kind] for kind in self.rules.kind[rows].tolist()]
        found = [number.get(key, -1) for key in zip(kinds, self._slices(rows), strict=True)]
        self._band[rows] = found
        sides = [(band.low, band.high) for band in self.facts.bands]
        limits = np.array([*sides, (None, None)], dtype=np.float64)
        return limits[found, self.rules.side[rows]]

    def _locks(self, rows: Ints) -> Floats:
        told: dict[tuple[Slice, int], float] = {}
        for lock in self.facts.locks:
            told[lock.where, lock.rep] = lock.amount
        for lock in self.facts.locks:
            # A lock on a rep may be written with the rep's region, or without.
            if lock.rep >= 0:
                told.setdefault(((lock.where[0], 0, lock.where[2]), lock.rep), lock.amount)
        found = []
        for (q, node, p), rep in zip(
            self._slices(rows), self.rules.rep[rows].tolist(), strict=True
        ):
            anywhere = told.get(((q, 0, p), rep), np.nan) if rep >= 0 else np.nan
            found.append(told.get(((q, node, p), rep), anywhere))
        return np.array(found, dtype=np.float64)

    def _potentials(self, rows: Ints, *, exact: bool) -> Floats:
        markets, axes = self.facts.markets, self.facts.axes
        least = np.full((len(axes.tree.names), axes.shape[1] + 1, axes.shape[2] + 1), np.inf)
        np.minimum.at(least, markets.places, markets.exact if exact else markets.usable)
        rules = self.rules
        return np.asarray(
            least[rules.node[rows], rules.period[rows], rules.product[rows]], dtype=np.float64
        )

    def _years(self, rows: Ints, *, exact: bool) -> Floats:
        years, rules = self.facts.years, self.rules
        if years is None:
            return np.full(len(rows), np.nan)
        low, high = (years.least, years.exact_high) if exact else (years.low, years.high)
        rep = rules.rep[rows]
        return np.where(rules.side[rows] == SIDES.index("min"), low[rep], high[rep])
