"""A company and its plan, small enough to be worked out by hand, for tests of the verifier.

4,000 are asked of East (600 a period each of 3 reps with an over-assignment of 10 %: 440), South
and West; nobody works in West in the first quarter, so 400 are missing there.
"""

from __future__ import annotations

from pathlib import Path

from verify_plans import Draft, read, written

TOML = """
name = "company"
periods = ["2024Q1", "2024Q2"]
as_of = "2024-01-15"
goal = { floor = 3200, target = 4000, stretch = 4800 }
[buffers]
capacity = 0.1
potential = 0.1
over_assignment = { rep = 0.1 }
[tolerance]
region = 0.05
[ramp]
factors = []
"""
TABLES = {
    "regions": """region,parent,share
Coast,,0.8
East,Coast,0.75
South,Coast,0.25
West,,0.2
""",
    "products": "product,share\nMES,0.75\nTwin,0.25\n",
    "periods": "period,share\n2024Q1,0.5\n2024Q2,0.5\n",
    "people": """rep,region,team,role,start,products,min,capacity,commit,max_total,min_total
Ann,East,One,senior,,,,,400,,
Bob,East,One,senior,,,,,,,
Cid,East,Two,junior,,MES,,,,,
Eve,South,,junior,,,100,500,,,
Hal,West,,,2024-04-01,,,,450,490,300
""",
    "potential": """period,region,product,potential
2024Q1,South,Twin,200
2024Q2,West,,500
""",
    "locks": """period,region,product,rep,amount,owner,reason,expires
2024Q1,East,Twin,,300,board,agreed,
2024Q2,,,Hal,440,sales,founder,2024-12-31
2024Q1,,,Ann,7,board,old,2023-12-31
""",
    "shares": "period,region,product,share,min_share,max_share\n2024Q2,,Twin,0.25,0.2,0.3\n",
}
ROWS = """period,region,team,rep,product,reference,floor,target,stretch
2024Q1,East,One,Ann,MES,330,220,275,302
2024Q1,East,One,Ann,Twin,110,132,165,182
2024Q1,East,One,Bob,MES,330,220,275,303
2024Q1,East,One,Bob,Twin,110,132,165,181
2024Q1,East,Two,Cid,MES,440,352,440,484
2024Q1,South,,Eve,MES,330,264,330,363
2024Q1,South,,Eve,Twin,110,88,110,120
2024Q2,East,One,Ann,MES,330,220,275,302
2024Q2,East,One,Ann,Twin,110,132,165,182
2024Q2,East,One,Bob,MES,330,220,275,303
2024Q2,East,One,Bob,Twin,110,132,165,181
2024Q2,East,Two,Cid,MES,440,352,440,484
2024Q2,South,,Eve,MES,330,264,330,363
2024Q2,South,,Eve,Twin,110,88,110,121
2024Q2,West,,Hal,MES,330,264,330,363
2024Q2,West,,Hal,Twin,110,88,110,121
"""
CELLS = {
    "2024Q1 East MES": (900, 900, 900), "2024Q1 East Twin": (300, 300, 300),
    "2024Q1 South MES": (300, 300, 300), "2024Q1 South Twin": (100, 100, 100),
    "2024Q1 West MES": (300, 0, 300), "2024Q1 West Twin": (100, 0, 100),
    "2024Q2 East MES": (900, 900, 900), "2024Q2 East Twin": (300, 300, 300),
    "2024Q2 South MES": (300, 300, 300), "2024Q2 South Twin": (100, 100, 100),
    "2024Q2 West MES": (300, 300, 300), "2024Q2 West Twin": (100, 100, 100),
}  # fmt: skip
BACKING = {
    "potential 2024Q1 South Twin": 180, "potential 2024Q2 West *": 450,
    "capacity 2024Q1 South *": 450, "capacity 2024Q2 South *": 450, "capacity * South *": 900,
    "capacity 2024Q1 West *": 0,
}  # fmt: skip

REGIONAL_TOML = """
periods = ["2024H1", "2024H2"]
rounding = 2
goal = 100
[buffers]
potential = 0.1
over_assignment = { region = 0.2 }
[tolerance]
region = 0.05
"""
REGIONAL_TABLES = {
    "regions": "region,share\nNorth,0.5\nSouth,0.5\n",
    "periods": "period,share\n2024H1,0.5\n2024H2,0.5\n",
    "potential": """region,period,product,potential
North,2024H1,,25
North,2024H2,,40
South,2024H1,all,60
South,,,90
""",
}
REGIONAL_ROWS = """period,region,team,rep,product,reference,floor,target,stretch
2024H1,North,,,all,30,18,22,24
2024H1,South,,,all,30,24,30,36
2024H2,North,,,all,30,22,28,34
2024H2,South,,,all,30,24,30,36
"""
REGIONAL_CELLS = {
    "2024H1 North all": (30, 30), "2024H1 South all": (30, 30),
    "2024H2 North all": (30, 30), "2024H2 South all": (30, 30),
}  # fmt: skip
REGIONAL_BACKING = {
    f"potential {period} {region} {product}": amount
    for product in ("all", "*")
    for period, region, amount in (
        ("2024H1", "North", 22), ("2024H2", "North", 36), ("*", "North", 58),
        ("2024H1", "South", 54), ("*", "South", 80), ("2024H1", "*", 76),
    )
}  # fmt: skip

EFFORT_TOML = """
periods = ["2024Q1", "2024Q2", "2024Q3"]
goal = 800
[buffers]
capacity = 0.25
"""
EFFORT_TABLES = {
    "periods": "period,share\n2024Q1,0.25\n2024Q2,0.25\n2024Q3,0.5\n",
    "products": "product,share,effort\nHeavy,0.5,2\nLight,0.5,\n",
    "people": """rep,region,capacity,max_total,max_growth,stretch,floor
Ann,East,400,600,,1.5,0.5
Bob,East,,,0.175,,
""",
    "history": """date,rep,amount
2023-01-05,Ann,100
2023-02-05,Bob,100
2023-03-05,Bob,60
2023-04-05,Ann,30
2023-05-05,Ann,70
2023-06-05,Bob,40
2023-07-05,Bob,150
2023-08-05,Bob,50
2023-09-05,Ann,200
""",
}
EFFORT_ROWS = """period,region,team,rep,product,reference,floor,target,stretch
2024Q1,East,,Ann,Heavy,50,25,50,75
2024Q1,East,,Ann,Light,50,25,50,75
2024Q1,East,,Bob,Heavy,50,40,50,60
2024Q1,East,,Bob,Light,50,40,50,60
2024Q2,East,,Ann,Heavy,50,25,50,75
2024Q2,East,,Ann,Light,50,25,50,75
2024Q2,East,,Bob,Heavy,50,40,50,60
2024Q2,East,,Bob,Light,50,40,50,60
2024Q3,East,,Ann,Heavy,100,50,100,130
2024Q3,East,,Ann,Light,100,50,100,130
2024Q3,East,,Bob,Heavy,100,80,100,110
2024Q3,East,,Bob,Light,100,80,100,110
"""
EFFORT_CELLS = {
    f"{period} East {product}": (asked, asked, asked)
    for period, asked in (("2024Q1", 100), ("2024Q2", 100), ("2024Q3", 200))
    for product in ("Heavy", "Light")
}


def company(folder: Path) -> Draft:
    """Return the company's plan; it has no fault."""
    facts, failures = read(folder, TOML, **TABLES)
    assert not failures
    return written(facts, ROWS, CELLS, BACKING)


def regional(folder: Path) -> Draft:
    """Return a plan of two regions without reps, in twos."""
    facts, failures = read(folder, REGIONAL_TOML, **REGIONAL_TABLES)
    assert not failures
    return written(facts, REGIONAL_ROWS, REGIONAL_CELLS, REGIONAL_BACKING)


def by_effort(folder: Path) -> Draft:
    """Return a plan of two reps whose products differ in effort, with limits of a year."""
    facts, failures = read(folder, EFFORT_TOML, **EFFORT_TABLES)
    assert not failures
    return written(facts, EFFORT_ROWS, EFFORT_CELLS, {})
