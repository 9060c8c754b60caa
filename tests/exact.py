"""Optimality and limits in exact fractions, on random small worlds.

``python tests/exact.py --worlds 200`` builds each world's program anew from its numbers, finds
for each of the three steps a plan that keeps every limit exactly and a bound by weak duality,
both in fractions, and holds what the three paths found against them. Solvers only guess here:
what they say is corrected and checked in fractions, so nothing rests on their digits. Whole
plans are held against every limit in fractions too.

Shares and limits are read as the nearest fractions with a denominator of at most 10⁶: a share
of a third is a third.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import isfinite

import agreement
import highspy
import numpy as np

from optimizer.errors import ContradictionError
from optimizer.model.allocation import Allocation
from optimizer.model.joint import solve_joint
from optimizer.model.pooled import solve_pooled
from optimizer.model.solve import solve_decomposed
from optimizer.problem.instance import ALL, Instance, Slices
from optimizer.results.rounding import WholePlan, round_plan

PROVEN = 1e-9
"""Most between the exact value of a plan and its exact bound, as a part of the bound (of
10⁻⁶ × the goal where it is smaller)."""

CERTIFIED = 1e-4
"""Most that F of a path may be above the exact bound, measured likewise."""

BELOW = 1e-6
"""Most that F of a path may be below it: earlier steps are kept to a solver's digits."""

TOTAL = 1e-7
"""Most by which totals of a path may differ from the exact ones, as a part of the ask."""

NEAR = (1e-7, 1e-6, 1e-8, 1e-5, 1e-9)
"""How near to its limit, as a part of the scale, an amount is taken to be at it: tried in turn."""

REGULAR = (0.0, 1e-11, 1e-7, 1e-13)
"""How much HiGHS curves what is flat: tried in turn, as none serves every program."""

ENOUGH = 1e-10
"""Difference between cost and bound at which no further guess is asked for."""

NOTHING = 1e-9
"""Price that counts as none."""

ONE = Fraction(1)
Terms = dict[int, Fraction]


@dataclass(frozen=True)
class Row:
    """low ≤ Σ terms ≤ high; None where there is no limit."""

    name: str
    terms: Terms
    low: Fraction | None
    high: Fraction | None


@dataclass
class Program:
    """Columns with their limits and wishes (v0 of a term of F; None without one), and rows."""

    low: list[Fraction] = field(default_factory=list)
    high: list[Fraction] = field(default_factory=list)
    wish: list[Fraction | None] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    ask: dict[int, int] = field(default_factory=dict)
    placed: dict[int, int] = field(default_factory=dict)
    total: dict[tuple[int, int], int] = field(default_factory=dict)
    sold: dict[tuple[int, int], int] = field(default_factory=dict)

    def column(self, low: Fraction, high: Fraction, wish: float | None = None) -> int:
        self.low.append(low)
        self.high.append(high)
        self.wish.append(None if wish is None else Fraction(wish))
        return len(self.low) - 1

    def row(self, name: str, terms: Terms, low: Fraction | None, high: Fraction | None) -> None:
        self.rows.append(Row(name, terms, low, high))


@dataclass(frozen=True)
class Proof:
    """A plan that keeps all limits exactly, its cost, and a bound of any plan's cost."""

    plan: list[Fraction]
    cost: Fraction
    bound: Fraction


def meant(value: float) -> Fraction:
    """Return the fraction that a share or a limit stands for."""
    return Fraction(value).limit_denominator(10**6)


def read_program(instance: Instance) -> Program:
    """Return the rules of the model page for an instance, with a column per rep's cell."""
    program, most = Program(), _asked(instance)
    reference, reps = instance.reference, instance.reps
    carried = np.ones(reference.shape[:2], dtype=bool)
    if reps is not None:
        carried[:] = False
        for rep, period in np.argwhere(reps.reference > 0).tolist():
            carried[reps.leaf[rep], period] = True
    for cell in np.flatnonzero(reference > 0).tolist():
        backed = most if carried.flat[cell // reference.shape[2]] else Fraction(0)
        program.ask[cell] = program.column(Fraction(0), most)
        program.placed[cell] = program.column(Fraction(0), backed, float(reference.flat[cell]))
        ask, placed = program.ask[cell], program.placed[cell]
        program.row("backing", {ask: ONE, placed: -ONE}, Fraction(0), None)
    program.row("goal", dict.fromkeys(program.ask.values(), ONE), most, most)
    _add_market(program, instance)
    _add_people(program, instance)
    return program


def _asked(instance: Instance) -> Fraction:
    return meant(instance.goal) * (1 + meant(instance.over_region))


def _slice(program: Program, instance: Instance, slices: Slices, row: int) -> list[int]:
    """Return the open cells of a slice."""
    tree, names = instance.tree, instance.reference.shape
    found = []
    for cell in program.ask:
        leaf, period, product = (int(at) for at in np.unravel_index(cell, names))
        node = int(tree.leaf_node[leaf])
        while node not in (int(slices.region[row]), -1):
            node = int(tree.parent[node])
        same = [slices.period[row] in (ALL, period), slices.product[row] in (ALL, product)]
        if node != -1 and all(same):
            found.append(cell)
    return found


def _add_market(program: Program, instance: Instance) -> None:
    bands = instance.bands
    for row in range(len(bands.kind)):
        part = _slice(program, instance, bands.part, row)
        whole = _slice(program, instance, bands.whole, row)
        for name, limit in (("band min", bands.low[row]), ("band max", bands.high[row])):
            if not isfinite(limit):
                continue
            terms: Terms = {program.ask[cell]: -meant(limit) for cell in whole}
            for cell in part:
                column = program.ask[cell]
                terms[column] = terms.get(column, Fraction(0)) + 1
            none = Fraction(0)
            program.row(name, terms, *((none, None) if name == "band min" else (None, none)))
    for row, usable in enumerate(instance.potentials.usable.tolist()):
        cells = _slice(program, instance, instance.potentials.slices, row)
        terms = {program.placed[cell]: ONE for cell in cells}
        program.row("potential", terms, None, meant(usable))
    for row, locked in enumerate(instance.region_locks.amount.tolist()):
        cells = _slice(program, instance, instance.region_locks.slices, row)
        terms = {program.placed[cell]: ONE for cell in cells}
        program.row("lock", terms, meant(locked), meant(locked))


def _add_people(program: Program, instance: Instance) -> None:
    reps, groups = instance.reps, instance.groups
    if reps is None or groups is None:
        return
    names, over = instance.reference.shape, 1 + meant(instance.over_rep)
    most = _asked(instance) * over
    for rep, period in np.argwhere(reps.reference > 0).tolist():
        capacity = float(reps.high[rep, period])
        plain = instance.effort is None and isfinite(capacity)
        high = min(meant(capacity), most) if plain else most
        wish = float(reps.reference[rep, period])
        total = program.column(meant(float(reps.low[rep, period])), high, wish)
        program.total[rep, period] = total
        terms: Terms = {total: -ONE}
        spent: Terms = {}
        for product in np.flatnonzero(groups.sells[reps.group[rep]]).tolist():
            cell = int(np.ravel_multi_index((int(reps.leaf[rep]), period, product), names))
            if cell in program.ask:
                column = program.sold[rep, cell] = program.column(Fraction(0), most)
                terms[column] = ONE
                if instance.effort is not None:
                    spent[column] = meant(float(instance.effort[product]))
        program.row("products of a rep", terms, Fraction(0), Fraction(0))
        if spent and isfinite(capacity):
            program.row("effort", spent, None, meant(capacity))
    for cell, placed in program.placed.items():
        street: Terms = {at: ONE for (_, where), at in program.sold.items() if where == cell}
        if program.high[placed] > 0:
            program.row("cover min", {**street, placed: -ONE}, Fraction(0), None)
            program.row("cover max", {**street, placed: -over}, None, Fraction(0))
    _add_own_limits(program, instance)


def _add_own_limits(program: Program, instance: Instance) -> None:
    reps, locks = instance.reps, instance.rep_locks
    assert reps is not None
    periods, products = instance.reference.shape[1:]
    for rep in range(len(reps.names)):
        year: Terms = {at: ONE for (who, _), at in program.total.items() if who == rep}
        if reps.total_low is not None and reps.total_low[rep] > 0:
            program.row("year min", year, meant(float(reps.total_low[rep])), None)
        if reps.total_high is not None and isfinite(reps.total_high[rep]):
            program.row("year max", year, None, meant(float(reps.total_high[rep])))
    for row, amount in enumerate(locks.amount.tolist()):
        period, product = int(locks.period[row]), int(locks.product[row])
        held = {
            at: ONE
            for (rep, cell), at in program.sold.items()
            if rep == locks.rep[row]
            and period in (ALL, cell // products % periods)
            and product in (ALL, cell % products)
        }
        program.row("lock on a rep", held, meant(amount), meant(amount))


def _guess(
    program: Program, cost: Terms | None, regular: float
) -> tuple[list[float], list[float]] | None:
    """Return values and row prices by HiGHS; of F where no cost is given; None if infeasible."""
    columns, scale = len(program.low), _scale(program)
    highs = highspy.Highs()
    for option, value in (
        ("output_flag", False), ("primal_feasibility_tolerance", 1e-10),
        ("dual_feasibility_tolerance", 1e-10), ("qp_regularization_value", regular),
    ):  # fmt: skip
        highs.setOptionValue(option, value)
    rows = program.rows
    linear = cost or {at: Fraction(-2) for at, wish in enumerate(program.wish) if wish}
    model = highspy.HighsModel()
    model.lp_.num_col_, model.lp_.num_row_ = columns, len(rows)
    model.lp_.col_cost_ = [float(linear.get(at, 0)) for at in range(columns)]
    model.lp_.col_lower_ = [float(low / scale) for low in program.low]
    model.lp_.col_upper_ = [float(high / scale) for high in program.high]
    model.lp_.row_lower_ = [-np.inf if row.low is None else float(row.low / scale) for row in rows]
    model.lp_.row_upper_ = [np.inf if row.high is None else float(row.high / scale) for row in rows]
    matrix = model.lp_.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.cumsum([0] + [len(row.terms) for row in rows])
    matrix.index_ = [at for row in rows for at in row.terms]
    matrix.value_ = [float(value) for row in rows for value in row.terms.values()]
    if cost is None:
        curved = [at for at, wish in enumerate(program.wish) if wish]
        model.hessian_.dim_ = columns
        model.hessian_.format_ = highspy.HessianFormat.kTriangular
        counts = np.zeros(columns + 1, dtype=int)
        counts[np.array(curved, dtype=int) + 1] = 1
        model.hessian_.start_ = np.cumsum(counts)
        model.hessian_.index_ = curved
        model.hessian_.value_ = [float(2 * scale / (program.wish[at] or ONE)) for at in curved]
    highs.passModel(model)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = highs.getSolution()
    return list(found.col_value), list(found.row_dual)


def _scale(program: Program) -> Fraction:
    """Return a power of two near the mean wish."""
    wishes = [float(wish) for wish in program.wish if wish]
    return Fraction(2) ** round(np.log2(np.mean(wishes)))


def prove(program: Program, cost: Terms | None) -> Proof | None:
    """Return a plan and a bound in fractions, of a linear cost or of F; None without a plan."""
    plans: list[list[Fraction]] = []
    bounds: list[Fraction] = []
    for regular in REGULAR:
        guess = _guess(program, cost, regular)
        if guess is not None:
            _correct(program, cost, guess, plans, bounds)
        if plans and min(_cost(program, cost, plan) for plan in plans) - max(bounds) <= ENOUGH:
            break
    if not plans:
        return None
    best = min(plans, key=lambda plan: _cost(program, cost, plan))
    return Proof(best, _cost(program, cost, best), max(bounds))


def _correct(
    program: Program,
    cost: Terms | None,
    guess: tuple[list[float], list[float]],
    plans: list[list[Fraction]],
    bounds: list[Fraction],
) -> None:
    """Make an exact plan of a guess, and an exact bound."""
    scale = _scale(program)
    amounts = [Fraction(value) * scale for value in guess[0]]
    for near in NEAR:
        plan = _repaired(program, amounts, Fraction(near) * scale)
        if not any(faults(program, plan)):
            plans.append(plan)
            bounds.append(bound_of(program, cost, _priced(program, cost, plan, guess[1])))
            return


def faults(program: Program, plan: list[Fraction]) -> Iterator[str]:
    """Yield what a plan breaks, exactly."""
    for value, low, high in zip(plan, program.low, program.high, strict=True):
        if not low <= value <= high:
            yield f"an amount of {value} is outside {low} to {high}"
    for row in program.rows:
        reached = _sum(row.terms, plan)
        if (row.low is not None and reached < row.low) or (
            row.high is not None and reached > row.high
        ):
            yield f"{row.name}: {reached} is outside {row.low} to {row.high}"


def _sum(terms: Terms, plan: list[Fraction]) -> Fraction:
    return sum((value * plan[at] for at, value in terms.items()), Fraction(0))


def _repaired(program: Program, plan: list[Fraction], near: Fraction) -> list[Fraction]:
    """Return a plan whose amounts and rows that are near their limits are at them exactly."""
    plan, loose = list(plan), set()
    for at, value in enumerate(plan):
        low, high = program.low[at], program.high[at]
        if value - low <= near:
            plan[at] = low
        elif high - value <= near:
            plan[at] = high
        else:
            loose.add(at)
    equations = []
    for row in program.rows:
        reached = _sum(row.terms, plan)
        for limit in (row.low, row.high):
            if limit is not None and abs(reached - limit) <= 10 * near:
                terms = {at: value for at, value in row.terms.items() if at in loose}
                equations.append((terms, limit - reached))
                break
    for at, more in _solution(equations).items():
        plan[at] += more
    return plan


def _priced(
    program: Program,
    cost: Terms | None,
    plan: list[Fraction],
    prices: list[float],
) -> list[Fraction]:
    """Return prices that leave nothing to gain on amounts between their limits, exactly."""
    exact, equations = [], []
    for row, price in zip(program.rows, prices, strict=True):
        sound = row.low is not None if price > 0 else row.high is not None
        exact.append(Fraction(price) if sound and abs(price) > NOTHING else Fraction(0))
    columns: list[Terms] = [{} for _ in plan]
    for at, row in enumerate(program.rows):
        for column, value in row.terms.items():
            columns[column][at] = value
    for column, terms in enumerate(columns):
        low, high, value = program.low[column], program.high[column], plan[column]
        if low < value < high:
            wish = program.wish[column]
            slope = (cost or {}).get(column, Fraction(0))
            if cost is None and wish:
                slope = 2 * (value / wish - 1)
            held = {row: worth for row, worth in terms.items() if exact[row] != 0}
            equations.append((held, slope - _sum(terms, exact)))
    for at, more in _solution(equations).items():
        row, price = program.rows[at], exact[at] + more
        sound = row.low is not None if price > 0 else row.high is not None
        exact[at] = price if sound else Fraction(0)
    return exact


def _solution(equations: list[tuple[Terms, Fraction]]) -> Terms:
    """Return a solution of equations in fractions; those that others rule out are left aside."""
    pivots: list[tuple[int, Terms, Fraction]] = []
    for terms, right in equations:
        left = dict(terms)
        for pivot, other, amount in pivots:
            factor = left.pop(pivot, None)
            if factor is not None:
                right -= factor * amount
                for at, value in other.items():
                    left[at] = left.get(at, Fraction(0)) - factor * value
        left = {at: value for at, value in left.items() if value != 0}
        if left:
            chosen = max(left, key=lambda at: (abs(left[at]), -at))
            size = left.pop(chosen)
            pivots.append((chosen, {at: v / size for at, v in left.items()}, right / size))
    found: Terms = {}
    for pivot, other, amount in reversed(pivots):
        found[pivot] = amount - sum(
            (value * found[at] for at, value in other.items() if at in found), Fraction(0)
        )
    return found


def _cost(program: Program, cost: Terms | None, plan: list[Fraction]) -> Fraction:
    if cost is not None:
        return _sum(cost, plan)
    pairs = zip(plan, program.wish, strict=True)
    return sum(((value - wish) ** 2 / wish for value, wish in pairs if wish), Fraction(0))


def bound_of(program: Program, cost: Terms | None, prices: list[Fraction]) -> Fraction:
    """Return the least of the Lagrangian: no plan that keeps all limits costs less."""
    bound = Fraction(0)
    pull = [Fraction(0)] * len(program.low)
    for row, price in zip(program.rows, prices, strict=True):
        limit = row.low if price > 0 else row.high
        if price != 0:
            assert limit is not None
            bound += price * limit
            for at, value in row.terms.items():
                pull[at] += price * value
    for at, (low, high, wish) in enumerate(
        zip(program.low, program.high, program.wish, strict=True)
    ):
        if cost is None and wish:
            best = min(max(wish * (1 + pull[at] / 2), low), high)
            bound += (best - wish) ** 2 / wish - pull[at] * best
        else:
            slope = (cost or {}).get(at, Fraction(0)) - pull[at]
            bound += slope * (low if slope > 0 else high)
    return bound


@dataclass
class Tally:
    """Worlds by outcome, largest differences, and what is wrong."""

    worlds: Counter[str] = field(default_factory=Counter)
    most: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def note(self, seed: int, name: str, found: Fraction, most: float) -> None:
        """Keep a difference, and the world where it is too large."""
        self.most[name] = max(float(found), self.most.get(name, 0.0))
        if not found <= most:
            self.wrong.append(f"world {seed}: {name} {float(found):.3g}")


def check(seed: int, tally: Tally) -> None:
    """Prove the three steps of one world, and hold the paths against them."""
    instance = agreement.make_world(seed)
    paths = {"pooled": _attempt(partial(solve_pooled, instance))}
    program = read_program(instance)
    steps = _prove_steps(program)
    if len(steps) < 2 + bool(program.total):
        same = not steps and paths["pooled"] is None and least_broken(program) > 0
        tally.worlds["proven contradiction" if same else "not proven"] += 1
        if not same:
            tally.wrong.append(f"world {seed}: step {len(steps) + 1} not proven")
        return
    tally.worlds["proven"] += 1
    ask, least = _asked(instance), Fraction(1, 10**6) * meant(instance.goal)
    for name, proof in steps.items():
        size = max(proof.bound, least) if name == "F" else ask
        tally.note(seed, f"gap of the exact {name}", (proof.cost - proof.bound) / size, PROVEN)
    paths["joint"] = _attempt(partial(solve_joint, instance))
    paths["decomposed"] = _attempt(lambda: solve_decomposed(instance)[0])
    for path, found in paths.items():
        if found is not None:
            tally.worlds[path] += 1
            _compare(seed, tally, instance, steps, found, path)
    found = paths["pooled"]
    if found is None:
        tally.wrong.append(f"world {seed}: a contradiction, yet there is a plan")
        return
    whole = round_plan(instance, found, instance)
    tally.worlds["whole"] += 1
    tally.wrong += [f"world {seed}, whole: {text}" for text in whole_faults(instance, whole)]


def _attempt(work: partial[Allocation]) -> Allocation | None:
    try:
        return work()
    except ContradictionError:
        return None


def _prove_steps(program: Program) -> dict[str, Proof]:
    """Return the proofs of the steps, each kept while the next is solved."""
    found: dict[str, Proof] = {}
    for name, columns in (("placed", program.placed), ("street", program.total)):
        if columns:
            most = prove(program, dict.fromkeys(columns.values(), -ONE))
            if most is None:
                return found
            found[name] = most
            program.row(name, dict.fromkeys(columns.values(), ONE), -most.cost, None)
    fairest = prove(program, None)
    if fairest is not None:
        found["F"] = fairest
    return found


def least_broken(program: Program) -> Fraction:
    """Return an exact bound: by so much, in all, every plan breaks some rows."""
    elastic = replace(program, low=[*program.low], high=[*program.high], wish=[*program.wish])
    elastic.rows, cost, most = [], {}, sum(program.high, ONE)
    for row in program.rows:
        terms = dict(row.terms)
        for side in (ONE, -ONE):
            terms[elastic.column(Fraction(0), most)] = side
            cost[len(elastic.low) - 1] = ONE
        elastic.row(row.name, terms, row.low, row.high)
    proof = prove(elastic, cost)
    return Fraction(0) if proof is None else proof.bound


def _compare(
    seed: int,
    tally: Tally,
    instance: Instance,
    steps: dict[str, Proof],
    found: Allocation,
    path: str,
) -> None:
    ask, least = _asked(instance), Fraction(1, 10**6) * meant(instance.goal)
    totals = {"placed": found.placed_most, "street": found.street_most}
    for name, total in totals.items():
        if name in steps:
            away = abs(Fraction(total) + steps[name].cost) / ask
            tally.note(seed, f"{name} of {path} off", away, TOTAL)
    best = steps["F"]
    size = max(best.bound, least)
    tally.note(
        seed, f"F of {path} above", (Fraction(found.objective) - best.bound) / size, CERTIFIED
    )
    tally.note(seed, f"F of {path} below", (best.bound - Fraction(found.objective)) / size, BELOW)
    over = (Fraction(found.bound) - best.cost) / size
    tally.note(seed, f"bound of {path} beyond the exact F", over, TOTAL)


def whole_faults(instance: Instance, whole: WholePlan) -> Iterator[str]:
    """Yield the limits that a plan in whole units breaks, exactly; bands within one unit."""
    program = read_program(instance)
    plan = [Fraction(0)] * len(program.low)
    for cell, at in program.ask.items():
        plan[at] = Fraction(int(whole.ask.flat[cell]))
        plan[program.placed[cell]] = Fraction(int(whole.placed.flat[cell]))
    if whole.cells is not None:
        cells = np.prod(instance.reference.shape[1:], dtype=int)
        for (rep, cell), at in program.sold.items():
            plan[at] = Fraction(int(whole.cells[rep].flat[cell % cells]))
        for (rep, period), at in program.total.items():
            plan[at] = Fraction(int(whole.cells[rep, period].sum()))
        if sum(plan[at] for at in program.sold.values()) != int(whole.cells.sum()):
            yield "somebody has a target in a closed cell"
    if sum(plan[at] for at in program.placed.values()) != int(whole.placed.sum()):
        yield "a target stands in a closed cell"
    unit = Fraction(instance.unit)
    loose = {"band min", "band max", "goal", "cover max"}
    program.rows = [
        Row(
            row.name,
            row.terms,
            row.low if row.name not in loose or row.low is None else row.low - unit,
            row.high if row.name not in loose or row.high is None else row.high + unit,
        )
        for row in program.rows
    ]
    program.rows += list(_street_rows(program, instance))
    yield from faults(program, plan)


def _street_rows(program: Program, instance: Instance) -> Iterator[Row]:
    """Yield the most that people may carry of each region and period."""
    if instance.reps is None:
        return
    periods, products = instance.reference.shape[1:]
    for place in {cell // products for cell in program.placed}:
        terms = {
            at: -1 - meant(instance.over_rep)
            for cell, at in program.placed.items()
            if cell // products == place
        }
        for (rep, period), at in program.total.items():
            if instance.reps.leaf[rep] * periods + period == place:
                terms[at] = ONE
        yield Row("street of a region", terms, None, Fraction(0))


def main(words: list[str] | None = None) -> int:
    """Check as many worlds as asked for; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="seed of the first world")
    asked = parser.parse_args(words)
    tally = Tally()
    for seed in range(asked.first, asked.first + asked.worlds):
        check(seed, tally)
    for outcome, worlds in tally.worlds.items():
        print(f"{outcome}: {worlds}")
    for name, most in tally.most.items():
        print(f"largest {name}: {most:.3g}")
    print(f"wrong: {len(tally.wrong)}")
    for text in tally.wrong[:50]:
        print(f"- {text}")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
