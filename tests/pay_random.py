"""Random worlds of pay: rules of every kind, sales on and beside every threshold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.pay_world import Cell, PayWorld

QUARTERS = [f"202{year}Q{part}" for year in (3, 4) for part in (1, 2, 3, 4)]
STARTS = [0, 0.5, 0.6, 0.75, 0.8, 0.83, 0.9, 1.0, 1.05, 1.1, 1.2, 1.25, 1.333, 1.5]
RATES = [0, 0.005, 0.008, 0.01, 0.0125, 0.015, 0.018, 0.02, 0.025, 0.05, 0.1, 0.3333]
METRICS = ("collection_rate", "satisfaction")


def toml(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def table(head: str, keys: dict[str, Any]) -> str:
    return "\n".join([head, *(f"{name} = {toml(value)}" for name, value in keys.items()), ""])


def random_worlds(seed: int, number: int) -> Iterator[PayWorld]:
    """Yield worlds of one set of rules and people, each with targets and sales of its own."""
    random = Random(seed)
    first = random.randrange(len(QUARTERS) - 2)
    periods = QUARTERS[first : first + random.choice([1, 1, 2, 3])]
    people = [_person(random, index, periods) for index in range(random.choice([1, 2, 3, 5, 8]))]
    products = ["A", "B"][: random.choice([1, 2])]
    members = [("pool", one["rep"], random.choice(["1", "0.4", "0.35", "0"])) for one in people]
    members[0] = (*members[0][:2], "0.25")
    rules, per_unit = _rules(random, products), random.choice(["1", "1", "10000", "0.5"])
    for _ in range(number):
        world = PayWorld(rules, periods, people, {}, members=members, per_unit=per_unit)
        world.products = products
        _sell(random, world)
        yield world


def _sell(random: Random, world: PayWorld) -> None:
    """Draw targets, sales, metrics and goals of a world."""
    world.cells |= {
        (period, one["rep"], product): _cell(random)
        for period in world.periods
        for one in world.people
        for product in world.products
        if random.random() < 0.95
    }
    for period in world.periods:
        world.metrics |= {(period, one["rep"]): _metrics(random) for one in world.people}
        for region in ("East", "West", "*"):
            own = [one["rep"] for one in world.people if region in ("*", one["region"])]
            street = sum(
                int(cell["target"])
                for (when, rep, _), cell in world.cells.items()
                if when == period and rep in own
            )
            world.goals[period, region] = str(street + random.choice([0, 0, 1, 7]))


def _person(random: Random, index: int, periods: list[str]) -> Cell:
    region = random.choice(["East", "West"])
    person = {
        "rep": f"r{index}",
        "region": region,
        "team": f"{region} {random.choice([1, 2])}",
        "role": random.choice(["senior", "newcomer"]),
        "x_bonus": random.choice(["10000", "333.33", "7", "0.05", "0"]),
    }
    if random.random() < 0.4:
        year = int(periods[0][:4]) - random.choice([0, 0, 1])
        person["start"] = f"{year}-{random.randint(1, 12):02}-{random.choice([1, 15, 28]):02}"
    if random.random() < 0.1:
        person["open"] = "yes"
    return person


def _cell(random: Random) -> Cell:
    target = random.choice([0, 1, 3, 7, 50, 80, 100, 120, 150])
    floor = target * random.choice([0, 50, 80, 100]) // 100
    stretch = -(-target * random.choice([100, 110, 120, 125]) // 100)
    kind = random.random()
    if kind < 0.5:
        # On a threshold, or one hundredth beside it.
        amount = round(target * random.choice(STARTS) * 1000) + random.choice([0, 0, 0, -10, 10])
    elif kind < 0.7:
        amount = 1000 * random.choice([floor, target, stretch])
    else:
        amount = random.randint(-20_000, 250_000)
    margin = random.choice([amount * 3 // 10, amount // 2, random.randint(-500, 60_000)])
    return {
        "floor": str(floor),
        "target": str(target),
        "stretch": str(stretch),
        "amount": thousandths(amount),
        "margin": thousandths(margin),
    }


def thousandths(number: int) -> str:
    sign = "-" if number < 0 else ""
    return f"{sign}{abs(number) // 1000}.{abs(number) % 1000:03}"


def _metrics(random: Random) -> Cell:
    found = {}
    if random.random() < 0.9:
        found["collection_rate"] = random.choice(["0.95", "0.9", "0.899", "0.7", "0.69", "0"])
    if random.random() < 0.5:
        found["satisfaction"] = random.choice(["4.5", "4", "3.99", "1"])
    if random.random() < 0.2:
        found["attainment_before"] = random.choice(["0.68", "0.85", "1.2"])
    return found


def _rules(random: Random, products: list[str]) -> str:
    parts = []
    for index in range(random.choice([1, 1, 2, 3])):
        parts += _plan(random, index, products)
    for index in range(random.choice([0, 0, 1, 2])):
        parts.append(_pool(random, index))
    for index in range(random.choice([0, 0, 1, 2])):
        parts.append(_award(random, index))
    return "\n".join(parts)


def _match(random: Random) -> dict[str, Any]:
    return random.choice(
        [{}, {"match": {"role": "senior"}}, {"match": {"role": ["senior", "newcomer"]}},
         {"match": {"role": "newcomer", "region": "East"}}]
    )  # fmt: skip


def _plan(random: Random, index: int, products: list[str]) -> list[str]:
    keys: dict[str, Any] = {"name": f"plan {index}", **_match(random)}
    keys["of"] = random.choice(["rep", "rep", "rep", "team", "region"])
    keys["basis"] = random.choice(["period", "period", "cumulative"])
    has_bonus = random.random() < 0.7
    if random.random() < 0.4:
        caps: list[dict[str, Any]] = [{"amount": random.choice([5, 100.5, 20000])}]
        if has_bonus:
            caps.append({"of": "target_incentive", "times": random.choice([0.5, 1.333, 3])})
        keys["cap"] = random.choice(caps)
    if random.random() < 0.4:
        keys["guarantee"] = {"amount": random.choice([1, 100, 5000]),
                             "periods": random.choice([1, 2, 3])}  # fmt: skip
    parts = [table("[[plan]]", keys)]
    for _ in range(random.choice([0, 1, 1, 2])):
        parts.append(table("[[plan.commission]]", _commission(random, products)))
    if has_bonus:
        parts.append(table("[plan.bonus]", _bonus(random)))
    for metric in METRICS:
        for below in random.sample([0.7, 0.9, 4], random.choice([0, 0, 1, 2])):
            gate = {"metric": metric, "below": below, "missing": "pass",
                    "factor": random.choice([0, 0.5, 0.8, 0.333, 1, "proportional"])}  # fmt: skip
            parts.append(table("[[plan.gate]]", gate))
    return parts


def _commission(random: Random, products: list[str]) -> dict[str, Any]:
    starts: list[Any] = sorted(random.sample(STARTS, random.choice([1, 2, 3, 4])))
    if random.random() < 0.3:
        starts = random.choice(
            [["floor", "target", "stretch"], [0, "target"], [0, "floor", 1.2], [0, "target", 1.2],
             [0.5, "target", "stretch"]]
        )  # fmt: skip
    keys: dict[str, Any] = {"mode": random.choice(["marginal", "retroactive"])}
    if random.random() < 0.3:
        keys["products"] = [random.choice(products)]
    if random.random() < 0.2:
        keys["measure"] = "margin"
        if random.random() < 0.5:
            keys["per_unit"] = 1
    keys["tiers"] = [{"from": start, "rate": random.choice(RATES)} for start in starts]
    return keys


def _bonus(random: Random) -> dict[str, Any]:
    starts = sorted(random.sample(STARTS, random.choice([1, 2, 3, 4])))
    keys: dict[str, Any] = {
        "target_incentive": random.choice([10000, 30000, 0.05, "x_bonus"]),
        "mode": random.choice(["band", "linear"]),
        "bands": [
            {"from": start, "multiplier": random.choice([0, 0.8, 1, 1.2, 2, 1.333])}
            for start in starts
        ],
    }
    if random.random() < 0.4:
        keys["rank"] = {
            "top": random.choice([0.05, 0.2, 0.3333, 0.5, 1]),
            "within": random.choice(["region", "team", "company"]),
            "multiplier": random.choice([1, 2]),
            "from": random.choice([0, 0.8, 1.0]),
            "min_group": random.choice([1, 2, 3]),
        }
    if random.random() < 0.4:
        keys["progress"] = {"gain": random.choice([0.15, 0.5, 0.17]),
                            "from": random.choice([0, 0.8]), "multiplier": 1.0}  # fmt: skip
    return keys


def _pool(random: Random, index: int) -> str:
    keys: dict[str, Any] = {"name": "pool" if not index else "other", **_match(random)}
    keys["of"] = random.choice(["team", "region", "company", *(["members"] if not index else [])])
    if keys["of"] != "members":
        keys["measured_against"] = random.choice(["goal", "street"])
    keys["over"] = random.choice([1, 1.2, 0.8])
    keys["trigger"] = random.choice([1, 1.2, 0.8])
    keys["rate"] = random.choice([0.05, 0.1, 0.3333])
    splits = ["equal", "amount", "none", *(["share"] if not index else [])]
    keys["split"] = random.choice(splits)
    return table("[[pool]]", keys)


def _award(random: Random, index: int) -> str:
    keys: dict[str, Any] = {"name": f"award {index}", **_match(random)}
    keys["metric"] = random.choice(["attainment", "attainment", "satisfaction"])
    keys["at_least"] = random.choice([1, 0.8, 4])
    keys["periods"] = random.choice([1, 2, 3])
    keys["consecutive"] = random.choice([True, False])
    keys["amount"] = random.choice([0, 500, 0.5])
    return table("[[award]]", keys)
