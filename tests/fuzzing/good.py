"""Good inputs, small and with a bit of everything: what is broken on purpose begins here."""

from __future__ import annotations

import datetime as dt

SCENARIO = """\
name = "tiny"
unit = "10k EUR"
periods = ["2024Q1", "2024Q2"]
goal = { floor = 900, target = 1000, stretch = 1150 }
as_of = 2024-01-15
rounding = 1
seed = 7

[buffers]
potential = 0.05
over_assignment = { region = 0.0, rep = 0.03 }

[tolerance]
region = 0.05
product = 0.1

[ramp]
factors = [0.25, 0.5, 0.75]

[pacing]
weeks = [4, 6, 3]
shares = [0.3, 0.5, 0.2]
names = ["open", "push", "close"]

[[pacing.by]]
match = { role = "senior" }
weeks = [6, 7]
shares = [0.5, 0.5]

[recalibration]
cap = 0.2

[pay]
unit = "EUR"
per_unit = 10000

[stress]
trials = 100
budget = 500.0
metrics = { collection_rate = 0.95 }
attainment = { model = "lognormal", mean = 0.92, cv = 0.25 }

[[stress.shock]]
name = "price war"
match = { region = "North" }
factor = 0.8
probability = 0.1

[[contingency]]
name = "rival"
when = "new customers rare"
move = [ { product = "A", to = 150 } ]

[[funnel]]
steps = ["visit", "demo", "contract"]
conversion = [0.3, 0.25]
deal_size = 12.0
"""

INCENTIVE = """\
[[plan]]
name = "senior"
match = { role = "senior" }
of = "rep"
basis = "period"
cap = { of = "target_incentive", times = 3.0 }
guarantee = { amount = 5000, periods = 2 }

[[plan.commission]]
mode = "marginal"
products = ["A"]
measure = "amount"
tiers = [{ from = 0.0, rate = 0.010 }, { from = "target", rate = 0.015 }]

[plan.bonus]
target_incentive = 30000
mode = "band"
bands = [{ from = 0.0, multiplier = 0.0 }, { from = 0.6, multiplier = 0.8 }]
rank = { top = 0.05, within = "region", multiplier = 2.0, from = 1.0, min_group = 5 }
progress = { gain = 0.15, from = 0.8, multiplier = 1.0 }

[[plan.gate]]
metric = "collection_rate"
below = 0.9
factor = 0.8

[[plan]]
name = "all"

[[plan.commission]]
mode = "retroactive"
tiers = [{ from = 0.5, rate = 0.02 }]

[[pool]]
name = "team fund"
of = "team"
measured_against = "goal"
over = 1.0
trigger = 1.0
rate = 0.05
split = "equal"

[[award]]
name = "restricted stock"
metric = "attainment"
at_least = 1.0
periods = 8
consecutive = true
text = "eligible for the stock plan"
amount = 0
"""

SCORECARD = """\
missing = "reweight"
grades = [{ from = 0, name = "C" }, { from = 70, name = "B" }]

[[metric]]
name = "sales"
weight = 0.6
kind = "ratio"
source = "amount"
mode = "linear"
bands = [{ from = 0.0, points = 0 }, { from = 0.8, points = 80 }, { from = 1.2, points = 120 }]
missing = "error"

[[metric]]
name = "collection"
weight = 0.4
kind = "level"
source = "collection_rate"
better = "higher"
mode = "band"
bands = [{ from = 0.0, points = 40 }, { above = 0.6, points = 70 }]
match = { region = ["North", "South"] }
"""

TABLES = {
    "people": "rep,region,team,role,ability,capacity,min,start,open,products,name,x_pay\n"
    "Ann,North,T1,senior,1.1,300,50,2023-05-01,no,A;B,Ann Lee,9000\n"
    "Bob,North,T1,newcomer,,400,,,,,,\n李娜,South,T2,senior,,500,,2024/1/3,yes,B,,\n",
    "capacity": "rep,period,capacity,min\nAnn,2024Q1,200,20\n",
    "regions": "region,parent,share,min_share,max_share\nHome,,,,\n"
    "North,Home,0.4,0.3,0.5\nSouth,Home,0.6,,\n",
    "products": "product,lifecycle,effort,share\nA,new,1,0.5\nB,,,0.5\n",
    "periods": "period,start,weeks,share\n2024Q1,2024-01-01,13,0.5\n2024Q2,,,\n",
    "shares": "period,region,product,share\n2024Q1,,A,0.4\n2024Q1,,B,60%\n",
    "potential": "period,region,product,potential\n2024Q1,North,,450\n,South,A,900\n",
    "history": "period,region,rep,product,amount\n2023Q1,North,Ann,A,100\n2023Q2,South,Old,B,50\n"
    '2023Q3,South,李娜,B,"1,234.5"\n',
    "weekly": "period,week,rep,region,amount\n2023Q1,1,Ann,North,10\n2023Q1,2,Ann,North,12\n",
    "locks": "region,rep,period,product,amount,owner,reason,expires\nNorth,,2024Q1,,200,Head,why,\n"
    ",Ann,2024Q2,,60,,,2024-12-31\n",
    "metrics": "period,rep,metric,value\n2024Q1,Ann,collection_rate,0.9\n"
    "2024Q1,Bob,collection_rate,88%\n",
    "pool_members": "pool,rep,share\nteam fund,Ann,0.5\nteam fund,Bob,0.5\n",
    "activity": "rep,role,region,step,conversion,deal_size\n,senior,,demo,0.2,\n,,,contract,,15\n",
}
"""CSV text of every table of a scenario."""

GIVEN = {
    "weeks": "period,week,rep,product,amount\n"
    + "".join(
        f"2024Q1,{week},{rep},{product},{week}.5\n"
        for week in (1, 2)
        for rep in ("Ann", "Bob", "李娜")
        for product in ("A", "B")
    ),
    "sales": "period,rep,product,amount,collection_rate\n2024Q1,Ann,A,120,0.95\n"
    "2024Q1,Bob,A,80,0.85\n2024Q1,李娜,B,90,0.9\n2024Q2,Ann,B,110,0.9\n",
    "orders": "date,order,rep,product,customer,units,amount\n2024-02-03,1,Ann,A,c1,2,50\n"
    "2024-02-04,2,Bob,B,c2,1,30\n",
    "activities": "period,week,rep,step,count\n2024Q1,1,Ann,visit,5\n2024Q1,1,Ann,demo,2\n",
    "proposal": "number,table,row,column,before,after,observations,reason,accept\n"
    "1,people,Ann,ability,1.1,1.05,2,why,yes\n",
}
"""CSV text of the tables that are given to commands."""


TEXTS = {
    "scenario.toml": SCENARIO,
    "incentive.toml": INCENTIVE,
    "scorecard.toml": SCORECARD,
    **{f"{name}.csv": text for name, text in TABLES.items()},
}
"""Name → text of the files of the good scenario."""

BESIDE = {
    "locks.csv": ("people.csv", "products.csv"),
    "capacity.csv": ("people.csv",),
    "products.csv": ("shares.csv",),
    "pool_members.csv": ("people.csv", "incentive.toml"),
    "metrics.csv": ("people.csv", "scorecard.toml"),
    "activity.csv": ("people.csv",),
    "incentive.toml": ("people.csv", "products.csv"),
    "scorecard.toml": ("people.csv", "metrics.csv"),
}
"""File → those that are read with it; few files are quickly read."""


def beside(name: str) -> dict[str, bytes]:
    """Return a file of the good scenario and those that it needs."""
    names = {"scenario.toml", name, *BESIDE.get(name, ())}
    return {one: TEXTS[one].encode() for one in sorted(names)}


BOOK = {
    "scenario": [["key", "value"], ["periods", "2024Q1; 2024Q2"], ["goal", 100],
                 ["buffers.capacity", 0.05], ["as_of", dt.date(2024, 1, 15)]],
    "people": [["rep", "region", "capacity", "start"], ["Ann", "North", 80, dt.date(2023, 5, 1)],
               ["李娜", "South", "90", None]],
    "locks": [["rep", "period", "amount"], ["Ann", "2024Q1", 20]],
}  # fmt: skip
"""Sheet → cells of a small scenario in a workbook."""


def pieces(text: str, kept: int) -> list[bytes]:
    """Return a TOML text block by block, each after the first ones, and as a whole.

    Small files are quickly read, and what is broken in them is seldom hidden by something else.
    """
    head, *blocks = text.split("\n\n")
    first = "\n\n".join([head, *blocks[: kept - 1]])
    return [text.encode(), *(f"{first}\n\n{block}\n".encode() for block in blocks[kept - 1 :])]
