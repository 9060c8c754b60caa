"""Random worlds for property tests: small scenarios that mix every feature of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

PERIOD_SETS: tuple[tuple[str, ...], ...] = (
    ("2024Q1",),
    ("2024Q1", "2024Q2"),
    ("2024Q1", "2024Q2", "2024Q3", "2024Q4"),
    ("2024H1", "2024H2"),
    (*(f"2023-{month:02d}" for month in range(1, 13)), "2024-01"),
)
PRODUCT_NAMES = ("MES", "数字孪生", "Service", "=Odd")
LEAF_NAMES = ("华东", "Nord", "west-2", "O'Hare", "南", "@x")
REP_NAMES = ("王芳", "Li Wei", "rep 1", "=cmd", "Ødegård", "张三", "b", "a", "Zed", "李四")
ROUNDINGS = (1, 1, 1, 10, 0.5, 0.01, 0)


@dataclass(frozen=True)
class World:
    """Settings and tables of a scenario, ready to be written."""

    settings: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a scenario; most have a plan, some a gap, some contradict themselves."""
    periods = draw(st.sampled_from(PERIOD_SETS))
    products = PRODUCT_NAMES[: draw(st.integers(1, 4))]
    leaves = LEAF_NAMES[: draw(st.integers(1, 5))]
    rounding = draw(st.sampled_from(ROUNDINGS))
    unit = rounding or 1
    goal = unit * draw(st.integers(1, 3000))
    tables: dict[str, list[dict[str, Any]]] = {}
    regions = draw(regions_tables(leaves))
    if regions:
        tables["regions"] = regions
    tables["products"] = draw(share_rows("product", products))
    if draw(st.booleans()):
        tables["periods"] = draw(share_rows("period", periods))
    typical = goal / (len(periods) * len(products) * len(leaves))
    people = draw(people_tables(leaves, products, typical * len(products), unit))
    if people:
        tables["people"] = people
    for name, strategy in (
        ("potential", potential_tables(periods, products, leaves, typical)),
        ("history", history_tables(products, leaves, [row["rep"] for row in people])),
        ("locks", lock_tables(periods, products, people, typical, unit)),
        ("shares", slice_tables(periods, products)),
        ("capacity", capacity_tables(periods, people, typical * len(products))),
    ):
        rows = draw(st.one_of(st.just([]), strategy))
        if rows:
            tables[name] = rows
    if not regions and not people and "potential" not in tables:
        tables["regions"] = [{"region": leaf} for leaf in leaves]
    return World(draw(settings_of(periods, goal, rounding)), tables)


@st.composite
def limited_worlds(draw: st.DrawFn) -> World:
    """Draw a scenario whose products differ in effort, or whose people have limits of a year."""
    world = draw(worlds().filter(lambda one: len(one.tables.get("people", [])) > 0))
    tables = {name: [dict(row) for row in rows] for name, rows in world.tables.items()}
    which = draw(st.sampled_from(["effort", "year", "both"]))
    if which != "year":
        for row in tables["products"]:
            row["effort"] = draw(st.sampled_from([None, 0.5, 0.8, 1, 1.2, 2]))
    if which != "effort":
        goal = world.settings["goal"]
        total = goal["target"] if isinstance(goal, dict) else goal
        fair = total / len(tables["people"])
        for row in tables["people"]:
            row["max_total"] = draw(st.sampled_from([None, None, round(1.1 * fair, 2)]))
            row["min_total"] = draw(st.sampled_from([None, None, round(0.3 * fair, 2)]))
            row["max_growth"] = draw(st.sampled_from([None, None, -0.2, 0.1, 1.0]))
        if len(tables["people"]) >= 2 and draw(st.booleans()):
            tables["people"][1] = {**tables["people"][0], "rep": tables["people"][1]["rep"]}
    return World(world.settings, tables)


@st.composite
def settings_of(
    draw: st.DrawFn, periods: tuple[str, ...], goal: float, rounding: float
) -> dict[str, Any]:
    """Draw ``scenario.toml``."""
    settings: dict[str, Any] = {"name": "random", "periods": list(periods), "rounding": rounding}
    settings["goal"] = draw(
        st.sampled_from([goal, {"target": goal}, {"floor": goal * 0.7, "target": goal}])
    )
    settings["buffers"] = {
        "potential": draw(st.sampled_from([0, 0.05])),
        "capacity": draw(st.sampled_from([0, 0.1])),
        "over_assignment": {
            "region": draw(st.sampled_from([0, 0, 0.02])),
            "rep": draw(st.sampled_from([0, 0, 0.03])),
        },
    }
    settings["tolerance"] = {
        name: draw(st.sampled_from([0.02, 0.1, 0.3])) for name in ("period", "product", "region")
    }
    if draw(st.booleans()):
        settings["tolerance"].pop(draw(st.sampled_from(["period", "product", "region"])))
    if draw(st.booleans()):
        settings["ramp"] = {"factors": [0.25, 0.5, 0.75]}
    if draw(st.booleans()):
        settings["as_of"] = "2023-12-15"
    return settings


@st.composite
def regions_tables(draw: st.DrawFn, leaves: tuple[str, ...]) -> list[dict[str, Any]]:
    """Draw no table, a flat one, or a tree with one or two levels above the leaves."""
    kind = draw(st.sampled_from(["none", "flat", "flat", "tree", "deep"]))
    if kind == "none":
        return []
    rows = draw(share_rows("region", leaves))
    if kind == "flat" or len(leaves) < 3:
        return rows
    parents = ["Area 1" if index % 2 else "大区" for index in range(len(leaves))]
    rows = [{"region": leaf, "parent": p} for leaf, p in zip(leaves, parents, strict=True)]
    areas = draw(share_rows("region", tuple(dict.fromkeys(parents))))
    if kind == "deep":
        areas = [{**row, "parent": "Top"} for row in areas] + [{"region": "Top"}]
    return rows + areas


@st.composite
def share_rows(draw: st.DrawFn, column: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Draw rows with all, some or no shares, now and then with bands of their own."""
    given_shares = draw(st.sampled_from(["all", "amounts", "some", "none"]))
    weights = [draw(st.integers(1, 6)) for _ in names]
    total = sum(weights) + (2 if given_shares == "some" else 0)
    rows: list[dict[str, Any]] = []
    for index, (name, weight) in enumerate(zip(names, weights, strict=True)):
        row: dict[str, Any] = {column: name}
        if given_shares == "amounts":
            row["share"] = weight * 100
        elif given_shares == "all" or (given_shares == "some" and index):
            row["share"] = round(weight / total, 6)
        if draw(st.integers(0, 5)) == 0 and "share" in row:
            share = weight / sum(weights)
            row["min_share"] = round(share * 0.7, 6)
            row["max_share"] = round(min(1.0, share * 1.4), 6)
        rows.append(row)
    return rows


@st.composite
def people_tables(
    draw: st.DrawFn,
    leaves: tuple[str, ...],
    products: tuple[str, ...],
    typical: float,
    unit: float,
) -> list[dict[str, Any]]:
    """Draw no people, one rep, or several over some of the regions."""
    number = draw(st.sampled_from([0, 1, 3, 6, 10]))
    rows = []
    for name in REP_NAMES[:number]:
        row: dict[str, Any] = {"rep": name, "region": draw(st.sampled_from(leaves))}
        row["ability"] = draw(st.sampled_from([None, None, 1.2, 0.8, 0.5]))
        row["fte"] = draw(st.sampled_from([None, None, 0.5]))
        row["start"] = draw(st.sampled_from([None, None, "2024-02-01", "2024-05-15", "2025-03-01"]))
        capacity = draw(st.sampled_from([None, None, 0.4, 0.9, 1.5, 4.0]))
        row["capacity"] = None if capacity is None else round(capacity * typical, 2)
        low = draw(st.sampled_from([None, None, None, 0.2, 0.5]))
        if low is not None and (capacity is None or low <= capacity):
            row["min"] = round(low * typical * 0.5, 2)
        row["products"] = draw(st.sampled_from([None, None, products[0], ";".join(products[-2:])]))
        row["floor"] = draw(st.sampled_from([None, None, None, 0.6]))
        row["stretch"] = draw(st.sampled_from([None, None, None, 1.3]))
        row["team"] = f"team {row['region']}" if draw(st.booleans()) else None
        rows.append(row)
    if number >= 2 and draw(st.booleans()):
        rows[1] = {**rows[0], "rep": rows[1]["rep"]}
    return rows


@st.composite
def potential_tables(
    draw: st.DrawFn,
    periods: tuple[str, ...],
    products: tuple[str, ...],
    leaves: tuple[str, ...],
    typical: float,
) -> list[dict[str, Any]]:
    """Draw limits on cells and on wider slices, some of them 0, most cells without one."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(draw(st.integers(1, 6))):
        place = {
            "period": draw(st.sampled_from([None, *periods])),
            "region": draw(st.sampled_from([None, *leaves])),
            "product": draw(st.sampled_from([None, *products])),
        }
        cells = 1.0
        for name, labels in (("period", periods), ("region", leaves), ("product", products)):
            cells *= 1 if place[name] else len(labels)
        factor = draw(st.sampled_from([0.3, 0.8, 1.1, 1.1, 2.0, 2.0, 5.0]))
        if all(place.values()) and len(periods) > 1 and draw(st.integers(0, 4)) == 0:
            factor = 0.0
        rows[tuple(place.values())] = {**place, "potential": round(factor * cells * typical, 2)}
    return list(rows.values())


@st.composite
def history_tables(
    draw: st.DrawFn, products: tuple[str, ...], leaves: tuple[str, ...], reps: list[str]
) -> list[dict[str, Any]]:
    """Draw sales of a year and a bit, by whatever the world tells apart."""
    by_rep = bool(reps) and draw(st.booleans())
    rows = []
    for period in ("2022Q1", "2022Q2", "2022Q3", "2022Q4", "2023Q1"):
        for product in products:
            for owner in reps if by_rep else leaves:
                amount = draw(st.integers(0, 50))
                if amount:
                    row = {"period": period, "product": product, "amount": amount}
                    rows.append({**row, ("rep" if by_rep else "region"): owner})
    return rows


@st.composite
def lock_tables(
    draw: st.DrawFn,
    periods: tuple[str, ...],
    products: tuple[str, ...],
    people: list[dict[str, Any]],
    typical: float,
    unit: float,
) -> list[dict[str, Any]]:
    """Draw a lock on a rep or a period's total."""
    factor = draw(st.sampled_from([0.5, 1.0, 1.5]))
    period = draw(st.sampled_from([None, *periods]))
    spans = 1 if period else len(periods)
    product = draw(st.sampled_from([None, None, products[0]]))
    row: dict[str, Any] = {"period": period, "product": product, "owner": "boss", "reason": "deal"}
    row["expires"] = draw(st.sampled_from([None, "2024-12-31", "2023-01-31"]))
    if people:
        rep = draw(st.sampled_from(people))
        if rep["products"] and product and product not in rep["products"].split(";"):
            return []
        row["rep"] = rep["rep"]
    amount = factor * typical * spans * (1 if product else len(products))
    row["amount"] = round(round(amount / unit) * unit, 6)
    return [row]


@st.composite
def slice_tables(
    draw: st.DrawFn, periods: tuple[str, ...], products: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Draw a wide band on a product in one period."""
    if len(products) < 2:
        return []
    share = draw(st.sampled_from([0.2, 0.4]))
    return [
        {
            "period": draw(st.sampled_from(periods)),
            "product": draw(st.sampled_from(products)),
            "share": share,
            "min_share": 0.05,
            "max_share": 0.9,
        }
    ]


@st.composite
def capacity_tables(
    draw: st.DrawFn, periods: tuple[str, ...], people: list[dict[str, Any]], typical: float
) -> list[dict[str, Any]]:
    """Draw a final capacity for one rep and period."""
    if not people:
        return []
    return [
        {
            "rep": draw(st.sampled_from(people))["rep"],
            "period": draw(st.sampled_from(periods)),
            "capacity": round(typical * draw(st.sampled_from([0.5, 1.0, 3.0])), 2),
        }
    ]
