"""Random scenarios that mostly contradict themselves, each row fine by itself."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from strategies import World

from optimizer.domain.scenario import Scenario
from optimizer.errors import ContradictionError
from optimizer.model.contradiction import check_limits, explain_contradiction
from optimizer.model.pooled_program import build_program
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance
from optimizer.solve.program import Solver

PERIODS = ("2024Q1", "2024Q2", "2024Q3")
PRODUCTS = ("MES", "数字孪生", "Service")
LEAVES = ("East", "Nord", "O'Hare", "南")
REPS = ("Li Na", "王芳", "b", "a", "Zed")
NAMES = {"period": PERIODS, "region": LEAVES, "product": PRODUCTS}


def contradiction(scenario: Scenario) -> ContradictionError | None:
    """Return why a scenario has no plan; None where it has one. The plan is not made."""
    instance = build_instance(scenario)
    try:
        check_limits(instance)
    except ContradictionError as error:
        return error
    if is_possible(instance):
        return None
    rules = read_rules(instance)
    return explain_contradiction(instance, rules, read_pools(instance))


def is_possible(instance: Instance) -> bool:
    """Return whether step 1 of the pooled model has a solution: not the elastic twin's word."""
    rules = read_rules(instance)
    program = build_program(instance, rules, read_pools(instance))
    return Solver(program.builder.build()).solve().feasible


def has_plan(scenario: Scenario) -> bool:
    """Return whether a scenario has a plan."""
    instance = build_instance(scenario)
    reps = instance.reps
    crossed = reps is not None and (reps.low > reps.high + 1e-7 * instance.unit).any()
    return bool((instance.reference > 0).any() and not crossed and is_possible(instance))


@st.composite
def contradictory_worlds(draw: st.DrawFn) -> World:
    """Draw minimums, locks, bands and closed markets that hardly go together."""
    axes = {
        name: labels[: draw(st.integers(1 + (name == "region"), len(labels)))]
        for name, labels in NAMES.items()
    }
    unit = draw(st.sampled_from([1, 1, 10, 0.5]))
    goal = unit * draw(st.integers(20, 400))
    settings = {
        "periods": list(axes["period"]),
        "goal": goal,
        "rounding": draw(st.sampled_from([unit, unit, 0])),
        "buffers": {
            "potential": draw(st.sampled_from([0, 0, 0.07])),
            "capacity": draw(st.sampled_from([0, 0.1])),
            "over_assignment": {
                "region": draw(st.sampled_from([0, 0, 0.02])),
                "rep": draw(st.sampled_from([0, 0, 0.05])),
            },
        },
        "tolerance": {
            name: draw(st.sampled_from([0, 0.02, 0.1]))
            for name in axes
            if draw(st.booleans()) or name == "region"
        },
    }
    people = draw(people_rows(axes, goal, unit))
    tables: dict[str, list[dict[str, Any]]] = {
        "regions": draw(region_rows(axes["region"])),
        "products": draw(share_rows("product", axes["product"])),
        "people": people,
        "locks": draw(lock_rows(axes, people, goal, unit)),
        "potential": draw(potential_rows(axes, goal)),
        "shares": draw(slice_rows(axes)),
        "capacity": draw(capacity_rows(axes, people, goal, unit)),
    }
    if draw(st.booleans()):
        tables["periods"] = draw(share_rows("period", axes["period"]))
    return World(settings, {name: rows for name, rows in tables.items() if rows})


@st.composite
def share_rows(draw: st.DrawFn, column: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Draw shares, some blank, some with bounds of their own."""
    parts = [draw(st.integers(1, 5)) for _ in names]
    rows: list[dict[str, Any]] = []
    for name, part in zip(names, parts, strict=True):
        share = round(part / sum(parts), 4)
        row: dict[str, Any] = {column: name}
        if draw(st.integers(0, 4)):
            row["share"] = share
            if draw(st.integers(0, 3)) == 0:
                row |= {"min_share": round(share * 0.8, 3), "max_share": min(1.0, share * 1.2)}
        rows.append(row)
    return rows if any("share" not in row for row in rows) else draw(st.just(_to_one(rows)))


def _to_one(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows whose shares add up to 1 exactly; bounds stay around them."""
    rest = round(1.0 - sum(row["share"] for row in rows[1:]), 4)
    first = {key: value for key, value in rows[0].items() if not key.endswith("_share")}
    return [{**first, "share": rest}, *rows[1:]]


@st.composite
def region_rows(draw: st.DrawFn, leaves: tuple[str, ...]) -> list[dict[str, Any]]:
    """Draw regions, flat or below two areas."""
    if len(leaves) < 4 or draw(st.booleans()):
        return draw(share_rows("region", leaves))
    rows = []
    for area, names in (("Area", leaves[:2]), ("大区", leaves[2:])):
        rows += [{**row, "parent": area} for row in draw(share_rows("region", names))]
    return rows + draw(share_rows("region", ("Area", "大区")))


@st.composite
def people_rows(
    draw: st.DrawFn, axes: dict[str, tuple[str, ...]], goal: float, unit: float
) -> list[dict[str, Any]]:
    """Draw people with minimums that often are too large."""
    typical = goal / len(axes["period"]) / len(axes["region"])
    rows = []
    for name in REPS[: draw(st.sampled_from([0, 1, 2, 3, 5]))]:
        row: dict[str, Any] = {"rep": name, "region": draw(st.sampled_from(axes["region"]))}
        low = draw(st.sampled_from([None, None, 0.3, 0.7, 1.2]))
        high = draw(st.sampled_from([None, 0.4, 0.8, 1.5]))
        if low is not None and (high is None or low <= high):
            row["min"] = round(low * typical, 1)
        row["capacity"] = None if high is None else round(high * typical + 0.1, 1)
        row["products"] = draw(st.sampled_from([None, None, axes["product"][0]]))
        rows.append(row)
    return rows


@st.composite
def lock_rows(
    draw: st.DrawFn,
    axes: dict[str, tuple[str, ...]],
    people: list[dict[str, Any]],
    goal: float,
    unit: float,
) -> list[dict[str, Any]]:
    """Draw locks on regions, slices and reps, some across each other."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(draw(st.integers(0, 4))):
        row: dict[str, Any] = {
            name: draw(st.sampled_from([None, *labels])) for name, labels in axes.items()
        }
        if people and draw(st.booleans()):
            rep = draw(st.sampled_from(people))
            sells = rep["products"]
            product = row["product"] if sells in (None, row["product"]) else None
            row |= {"rep": rep["rep"], "region": None, "product": product}
        cells = 1.0
        for name, labels in axes.items():
            cells /= len(labels) if row[name] or (name == "region" and "rep" in row) else 1
        amount = goal * cells * draw(st.sampled_from([0.2, 0.8, 1.0, 1.6]))
        row["amount"] = round(round(amount / unit) * unit, 6)
        row |= {"owner": draw(st.sampled_from([None, "Ms Wu"])), "reason": "key account"}
        rows[tuple(row.get(name) for name in (*axes, "rep"))] = row
    return list(rows.values())


@st.composite
def potential_rows(
    draw: st.DrawFn, axes: dict[str, tuple[str, ...]], goal: float
) -> list[dict[str, Any]]:
    """Draw limits of slices, many of them 0."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(draw(st.integers(0, 4))):
        row: dict[str, Any] = {
            name: draw(st.sampled_from([None, None, *labels])) for name, labels in axes.items()
        }
        cells = 1.0
        for name, labels in axes.items():
            cells /= len(labels) if row[name] else 1
        factor = draw(st.sampled_from([0, 0, 0.3, 0.9, 2.0]))
        rows[tuple(row.values())] = {**row, "potential": round(goal * cells * factor, 2)}
    return list(rows.values())


@st.composite
def slice_rows(draw: st.DrawFn, axes: dict[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Draw bands of slices, some of them out of reach."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        row: dict[str, Any] = {
            "period": draw(st.sampled_from([None, *axes["period"]])),
            "region": draw(st.sampled_from([None, *axes["region"]])),
            "product": draw(st.sampled_from([None, *axes["product"]])),
        }
        if any(row.values()):
            share = draw(st.sampled_from([0.1, 0.25, 0.6]))
            wide = draw(st.booleans())
            row |= {"share": share} | ({"min_share": share / 2, "max_share": 0.9} if wide else {})
            rows[row["period"], row["region"], row["product"]] = row
    return list(rows.values())


@st.composite
def capacity_rows(
    draw: st.DrawFn,
    axes: dict[str, tuple[str, ...]],
    people: list[dict[str, Any]],
    goal: float,
    unit: float,
) -> list[dict[str, Any]]:
    """Draw a final minimum for one rep and period."""
    if not people or draw(st.integers(0, 2)):
        return []
    low = round(goal / len(axes["period"]) * draw(st.sampled_from([0.2, 0.5, 1.2])), 1)
    rep = draw(st.sampled_from(people))["rep"]
    return [{"rep": rep, "period": draw(st.sampled_from(axes["period"])), "min": low}]
