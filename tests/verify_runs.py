"""Small runs for the tests of the verifier, and ways to damage them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Row = dict[str, str]

PEOPLE_TOML = """
name = "people"
periods = ["2024Q1", "2024Q2"]
rounding = 1
as_of = "2024-01-15"
goal = { floor = 900, target = 1000, stretch = 1100 }
[buffers]
potential = 0.05
capacity = 0.1
over_assignment = { region = 0.0, rep = 0.02 }
[tolerance]
region = 0.02
product = 0.05
[ramp]
factors = [0.25, 0.5, 0.75]
"""

PEOPLE = {
    "regions.csv": """region,parent,share
Coast,,0.7
Inland,,0.3
East,Coast,0.6
South,Coast,0.4
West,Inland,0.8
Far,Inland,0.2
""",
    "products.csv": "product,share\nMES,0.6\nTwin,0.3\nService,0.1\n",
    "periods.csv": "period,share\n2024Q1,0.45\n2024Q2,0.55\n",
    "people.csv": """rep,region,team,start,resource,capacity,min,products,x_note
Ann,East,One,,,200,,,a
Bob,East,One,,,200,,,b
Cid,East,Two,2024-02-10,,,,,
Dee,East,Two,,1.3,60,,MES;Twin,
Eve,South,,,,,,,
Fay,South,,,0.8,,70,,
Gil,South,,,,40,,,
Hal,West,,,,,,,
Ina,West,,,1.1,60,,,
""",
    "potential.csv": """period,region,product,potential
2024Q1,South,Service,10
,West,Twin,70
2024Q2,East,Service,0
""",
    "locks.csv": """period,region,product,rep,amount,owner,expires
2024Q1,East,Twin,,50,board,
2024Q2,,,Hal,100,board,2024-12-31
2024Q1,,,Ann,7,board,2023-12-31
""",
    "history.csv": """period,region,rep,product,amount
2023Q1,East,Ann,MES,100
2023Q1,East,Bob,MES,100
2023Q2,East,Dee,Twin,70
2023Q2,South,Fay,Service,60
2023Q1,South,Eve,MES,90
2023Q2,West,Hal,,120
2023Q1,West,,,100
2023Q1,Far,,,30
2023Q2,Far,,,30
""",
    "shares.csv": "period,product,share,min_share,max_share\n2024Q2,Twin,0.3,0.2,0.4\n",
}

REGIONAL_TOML = """
name = "regional"
periods = ["2024Q1", "2024Q2"]
rounding = 0.5
goal = 100
[buffers]
potential = 0.1
over_assignment = { region = 0.05 }
[tolerance]
region = 0.1
"""

REGIONAL = {
    "regions.csv": "region,share\nNorth,0.5\nSouth,0.5\n",
    "potential.csv": "region,period,potential\nNorth,2024Q1,25\nNorth,2024Q2,20\n",
}

MEASURES_TOML = """
name = "measures"
periods = ["2024"]
goal = 300
[measure.customers]
goal = 20
tables = { regions = "regions_customers" }
"""

MEASURES = {
    "regions.csv": "region,share\nNorth,0.5\nSouth,0.5\n",
    "regions_customers.csv": "region,share\nNorth,0.25\nSouth,0.75\n",
    "people.csv": "rep,region\nAnn,North\nBob,North\nEve,South\n",
}

WHY_TOML = """
name = "why"
periods = ["2024Q1", "2024Q2"]
rounding = 1
as_of = "2024-01-15"
goal = { floor = 900, target = 1000, stretch = 1100 }
[buffers]
capacity = 0.1
over_assignment = { region = 0.0, rep = 0.02 }
[tolerance]
region = 0.02
[ramp]
factors = [0.25, 0.5, 0.75]
"""

WHY = {
    "regions.csv": """region,share
East,0.45
South,0.3
West,0.15
Far,0.1
""",
    "products.csv": "product,share\nMES,0.6\nTwin,0.4\n",
    "periods.csv": "period,share\n2024Q1,0.45\n2024Q2,0.55\n",
    "people.csv": """rep,region,team,role,ability,resource,start,capacity,min,products,commit
Ann,East,One,senior,1.2,,,75,,,90
Bob,East,One,senior,,1.3,,,,,
Cid,East,Two,junior,0.8,,2024-02-10,,,,50
Dee,South,,senior,,,,120,,,
Eve,South,,junior,,,,,80,,
Gil,West,,,,,,,,MES,
Hal,West,,,,,,,,,
""",
    "potential.csv": "period,region,product,potential\n2024Q2,South,Twin,60\n,South,,270\n",
    "locks.csv": """period,region,product,rep,amount,owner,reason,expires
2024Q2,,,Hal,50,board,founder's account,2024-12-31
2024Q1,East,Twin,,75,head of East,agreed,
2024Q1,,,Ann,7,board,old,2023-12-31
""",
    "history.csv": """period,region,product,amount
2023Q1,East,MES,100
2023Q1,East,Twin,40
2023Q2,East,MES,90
2023Q2,South,Twin,80
2023Q1,South,MES,90
2023Q2,West,MES,50
2023Q1,West,Twin,30
2023Q1,Far,MES,30
2023Q2,Far,Twin,30
""",
}

WORLDS = {
    "people": (PEOPLE_TOML, PEOPLE),
    "regional": (REGIONAL_TOML, REGIONAL),
    "measures": (MEASURES_TOML, MEASURES),
    "why": (WHY_TOML, WHY),
}


def write_world(folder: Path, name: str) -> Path:
    """Write one of the worlds as a scenario."""
    toml, tables = WORLDS[name]
    folder.mkdir(parents=True)
    (folder / "scenario.toml").write_text(toml, encoding="utf-8")
    for file, text in tables.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def refresh(run: Path) -> None:
    """Make the hashes in ``run.json`` fit the damaged files, so that rules must find the damage."""
    content = json.loads((run / "run.json").read_text(encoding="utf-8"))
    content["outputs"] = {
        path.relative_to(run).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(run.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }
    (run / "run.json").write_text(json.dumps(content), encoding="utf-8")


def edit(run: Path, file: str, change: Callable[[list[Row]], list[Row] | None]) -> None:
    """Change the rows of a table in place, or put others in their place."""
    with (run / file).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        header = list(reader.fieldnames or [])
        rows = list(reader)
    rows = change(rows) or rows
    if rows:
        header = list(rows[0])
    with (run / file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def edit_json(run: Path, file: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a JSON file in place."""
    content = json.loads((run / file).read_text(encoding="utf-8"))
    change(content)
    (run / file).write_text(json.dumps(content), encoding="utf-8")


def pick(rows: list[Row], **labels: str) -> Row:
    """Return the only row with these labels."""
    found = [row for row in rows if all(row[name] == value for name, value in labels.items())]
    assert len(found) == 1, (labels, found)
    return found[0]


def add(row: Row, column: str, amount: float) -> None:
    """Add to a number of a row."""
    row[column] = f"{float(row[column]) + amount:g}"
