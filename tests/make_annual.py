"""Make the tables of ``scenarios/annual``: a year of a company of 120 people, from one seed.

Run ``python tests/make_annual.py [FOLDER]`` to write them anew; a test keeps script and
tables together. Only whole numbers and `random.Random` are used, so that every machine
writes the same bytes.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SEED = 2024
QUARTERS = ("2024Q1", "2024Q2", "2024Q3", "2024Q4")
SEASON = {"1": 0.20, "2": 0.26, "3": 0.24, "4": 0.30}
MIX = {"MES": 0.45, "数字孪生": 0.25, "服务": 0.20, "Consulting": 0.10}
LAST_YEAR = 37_200

# area, its share, provinces with their leaves: (leaf, people, what the market is like)
TREE: tuple[tuple[str, float, tuple[tuple[str, tuple[tuple[str, int], ...]], ...]], ...] = (
    (
        "华东",
        0.42,
        (
            ("上海", (("浦东", 9), ("浦西", 8))),
            ("江苏", (("南京", 8), ("苏州", 8))),
            ("浙江", (("杭州", 8), ("宁波", 7))),
        ),
    ),
    (
        "华南",
        0.23,
        (
            ("广东", (("广州", 8), ("深圳", 9))),
            ("福建", (("福州", 5), ("厦门", 6))),
        ),
    ),
    (
        "华北",
        0.19,
        (
            ("北京", (("海淀", 7), ("朝阳", 6))),
            ("山东", (("青岛", 6), ("济南", 5))),
        ),
    ),
    (
        "West",
        0.08,
        (
            ("Sichuan", (("Chengdu", 5), ("Mianyang", 3))),
            ("Shaanxi", (("Xi'an", 4),)),
        ),
    ),
    (
        "Overseas",
        0.08,
        (
            ("Europe", (("Munich", 3), ("Lyon", 2))),
            ("Asia", (("Singapore", 3),)),
        ),
    ),
)
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静磊洋艳杰娟涛明超霞平刚"
ABROAD = {
    "Munich": ("Anna Schmidt", "Jonas Weber", "Lea Vogel"),
    "Lyon": ("Camille Petit", "Hugo Moreau"),
    "Singapore": ("Tan Wei Ling", "Arjun Nair", "Grace Lim"),
}
# Where no market is: Consulting is not sold in these leaves yet.
NO_MARKET = (("Mianyang", "Consulting"), ("Lyon", "Consulting"))
OPEN = {"苏州": "2024-04-01", "深圳": "2024-02-15", "海淀": "2024-07-01", "Chengdu": "2024-03-01"}


@dataclass
class Person:
    """One rep while the tables are made; `strength` is a year's sales of a full rep."""

    rep: str
    leaf: str
    team: str
    role: str
    strength: float
    start: str = ""
    is_open: bool = False
    products: tuple[str, ...] = tuple(MIX)

    @property
    def past_name(self) -> str:
        """Return whose past sales these are: blank where a predecessor made them."""
        return "" if self.start else self.rep


def leaves() -> list[tuple[str, str, str, int, float]]:
    """Return area, province, leaf, people and the leaf's share of the company."""
    found = []
    for area, share, provinces in TREE:
        people = sum(count for _, cities in provinces for _, count in cities)
        for province, cities in provinces:
            found += [
                (area, province, leaf, count, share * count / people) for leaf, count in cities
            ]
    return found


def names(rng: random.Random, count: int) -> list[str]:
    """Return `count` different Chinese names."""
    every = [surname + given for surname in SURNAMES for given in GIVEN]
    return rng.sample(every, count)


def make_people(rng: random.Random) -> list[Person]:
    """Return 120 people: seniors, newcomers still in the ramp, and open positions."""
    pool = iter(names(rng, 120))
    people = []
    for _, _, leaf, count, share in leaves():
        for index in range(count):
            foreign = ABROAD.get(leaf)
            name = foreign[index] if foreign else next(pool)
            team = f"{leaf} {'一组' if index < (count + 1) // 2 else '二组'}" if count > 5 else leaf
            strength = LAST_YEAR * share / count * rng.uniform(0.75, 1.25)
            people.append(Person(name, leaf, team, "senior", strength))
    for person in people:
        if person.leaf in OPEN and person.rep == last_of(people, person.leaf).rep:
            person.rep = f"Open {person.leaf}"
            person.is_open, person.start, person.role = True, OPEN[person.leaf], "newcomer"
    experienced = [p for p in people if not p.is_open and p.leaf not in ABROAD]
    for person in rng.sample(experienced, 18):
        person.role = "newcomer"
        person.start = rng.choice(
            ("2023-11-01", "2023-12-15", "2024-01-01", "2024-01-08", "2024-03-01", "2024-05-06")
        )
    for person in rng.sample([p for p in experienced if p.role == "senior"], 12):
        person.products = rng.choice((("MES", "服务"), ("数字孪生", "服务", "Consulting")))
    return people


def last_of(people: Sequence[Person], leaf: str) -> Person:
    """Return the last person of a leaf."""
    return [person for person in people if person.leaf == leaf][-1]


def people_rows(rng: random.Random, people: Sequence[Person]) -> Iterable[Sequence[object]]:
    """Yield the rows of ``people.csv``; capacity and min are per quarter, before the ramp."""
    for person in people:
        quarter = person.strength / 4 * 1.13
        roomy = rng.random() < 0.75
        capacity: object = round(quarter * (rng.uniform(1.45, 1.8) if roomy else 1.2))
        if rng.random() < 0.12:
            capacity = ""
        minimum = round(quarter * 0.5) if rng.random() < 0.3 else ""
        resource = rng.choice((0.9, 1, 1, 1, 1, 1.1))
        yield (
            person.rep,
            person.leaf,
            person.team,
            person.role,
            "" if resource == 1 else resource,
            person.start,
            "yes" if person.is_open else "",
            capacity,
            minimum,
            "" if person.products == tuple(MIX) else ";".join(person.products),
            f"G{rng.randint(1, 5)}",
        )


def history_rows(rng: random.Random, people: Sequence[Person]) -> Iterable[Sequence[object]]:
    """Yield two years of sales by quarter, leaf, rep and product."""
    for year, level in (("2022", 0.9), ("2023", 1.0)):
        for quarter, season in SEASON.items():
            for person in people:
                for product, mix in MIX.items():
                    if product not in person.products or (person.leaf, product) in NO_MARKET:
                        continue
                    amount = person.strength * level * season * mix * rng.uniform(0.85, 1.15)
                    name = person.past_name
                    yield f"{year}Q{quarter}", person.leaf, name, product, round(amount)


def potential_rows() -> Iterable[Sequence[object]]:
    """Yield limits of the market on several levels, and where there is none."""
    year = LAST_YEAR * 1.13
    for leaf, product in NO_MARKET:
        yield "", leaf, product, 0
    yield "", "", "Consulting", round(year * MIX["Consulting"] * 1.10)
    for area, share, provinces in TREE:
        yield "", area, "数字孪生", round(year * share * MIX["数字孪生"] * 1.35)
        for province, _ in provinces[:1]:
            part = sum(row[4] for row in leaves() if row[1] == province)
            yield "", province, "", round(year * part * 1.12)
    for _, _, leaf, _, share in leaves():
        if leaf in ("浦东", "深圳", "Chengdu", "Munich"):
            for quarter in QUARTERS:
                room = 0.80 if leaf == "深圳" else 1.25
                yield quarter, leaf, "", round(year * share * SEASON[quarter[-1]] * room)


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], bom: bool) -> None:
    """Write one table; `bom` is how Excel marks UTF-8."""
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def make(folder: Path) -> None:
    """Write the generated tables into `folder`."""
    rng = random.Random(SEED)
    people = make_people(rng)
    regions: list[Sequence[object]] = []
    for area, share, provinces in TREE:
        regions.append((area, "", share))
        for province, cities in provinces:
            regions.append((province, area, ""))
            regions += [(leaf, province, "") for leaf, _ in cities]
    write(folder / "regions.csv", ("region", "parent", "share"), regions, bom=False)
    header = ("rep", "region", "team", "role", "resource", "start", "open", "capacity", "min")
    people_header = (*header, "products", "x_grade")
    write(folder / "people.csv", people_header, people_rows(rng, people), bom=False)
    history_header = ("周期", "区域", "销售员", "产品线", "金额")
    write(folder / "history.csv", history_header, history_rows(rng, people), bom=True)
    potential_header = ("周期", "区域", "产品线", "市场潜力")
    write(folder / "potential.csv", potential_header, potential_rows(), bom=True)


if __name__ == "__main__":
    default = Path(__file__).resolve().parents[1] / "scenarios" / "annual"
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
