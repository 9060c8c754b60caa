"""The tables that go with the plans of `verify_company`, worked out by hand."""

from __future__ import annotations

import pandas as pd

LIMITS = """kind,side,period,region,product,rep,limit,value
goal,equal,*,*,*,*,4000,4000
period_share,min,2024Q1,*,*,*,2000,2000
period_share,min,2024Q2,*,*,*,2000,2000
period_share,max,2024Q1,*,*,*,2000,2000
period_share,max,2024Q2,*,*,*,2000,2000
product_share,min,*,*,MES,*,3000,3000
product_share,min,*,*,Twin,*,1000,1000
product_share,max,*,*,MES,*,3000,3000
product_share,max,*,*,Twin,*,1000,1000
region_share,min,*,Coast,*,*,3000,3200
region_share,min,*,West,*,*,600,800
region_share,min,*,East,*,*,2240,2400
region_share,min,*,South,*,*,640,800
region_share,max,*,Coast,*,*,3400,3200
region_share,max,*,West,*,*,1000,800
region_share,max,*,East,*,*,2560,2400
region_share,max,*,South,*,*,960,800
share,min,2024Q2,*,Twin,*,400,500
share,max,2024Q2,*,Twin,*,600,500
lock,equal,2024Q1,East,Twin,*,300,300
lock,equal,2024Q2,West,*,Hal,440,440
potential,max,2024Q1,South,Twin,*,180,100
potential,max,2024Q2,West,*,*,450,400
coverage,min,2024Q1,East,*,*,1200,1320
coverage,min,2024Q2,East,*,*,1200,1320
coverage,min,2024Q1,South,*,*,400,440
coverage,min,2024Q2,South,*,*,400,440
coverage,min,2024Q1,West,*,*,0,0
coverage,min,2024Q2,West,*,*,400,440
coverage,max,2024Q1,East,*,*,1320,1320
coverage,max,2024Q2,East,*,*,1320,1320
coverage,max,2024Q1,South,*,*,440,440
coverage,max,2024Q2,South,*,*,440,440
coverage,max,2024Q1,West,*,*,0,0
coverage,max,2024Q2,West,*,*,440,440
eligibility,max,2024Q1,East,Twin,*,0,0
eligibility,max,2024Q2,East,Twin,*,0,0
min,min,2024Q1,South,*,Eve,100,440
min,min,2024Q2,South,*,Eve,100,440
capacity,max,2024Q1,South,*,Eve,450,440
capacity,max,2024Q2,South,*,Eve,450,440
year,min,*,West,*,Hal,300,440
year,max,*,West,*,Hal,490,440
"""
REGIONAL_LIMITS = """kind,side,period,region,product,rep,limit,value
goal,equal,*,*,*,*,120,120
period_share,min,2024H1,*,*,*,60,60
period_share,min,2024H2,*,*,*,60,60
period_share,max,2024H1,*,*,*,60,60
period_share,max,2024H2,*,*,*,60,60
region_share,min,*,North,*,*,54,60
region_share,min,*,South,*,*,54,60
region_share,max,*,North,*,*,66,60
region_share,max,*,South,*,*,66,60
potential,max,2024H1,North,*,*,22,22
potential,max,2024H2,North,*,*,36,28
potential,max,2024H1,South,all,*,54,30
potential,max,*,South,*,*,80,60
"""
EFFORT_LIMITS = """kind,side,period,region,product,rep,limit,value
goal,equal,*,*,*,*,800,800
period_share,min,2024Q1,*,*,*,200,200
period_share,min,2024Q2,*,*,*,200,200
period_share,min,2024Q3,*,*,*,400,400
period_share,max,2024Q1,*,*,*,200,200
period_share,max,2024Q2,*,*,*,200,200
period_share,max,2024Q3,*,*,*,400,400
product_share,min,*,*,Heavy,*,400,400
product_share,min,*,*,Light,*,400,400
product_share,max,*,*,Heavy,*,400,400
product_share,max,*,*,Light,*,400,400
coverage,min,2024Q1,East,*,*,200,200
coverage,min,2024Q2,East,*,*,200,200
coverage,min,2024Q3,East,*,*,400,400
coverage,max,2024Q1,East,*,*,200,200
coverage,max,2024Q2,East,*,*,200,200
coverage,max,2024Q3,East,*,*,400,400
effort,max,2024Q1,East,*,Ann,300,150
effort,max,2024Q2,East,*,Ann,300,150
effort,max,2024Q3,East,*,Ann,300,300
year,max,*,East,*,Ann,600,400
growth,max,*,East,*,Bob,470,400
"""


def limits(text: str, priced: tuple[int, ...] = ()) -> pd.DataFrame:
    """Return ``limits.csv`` with its slacks, and a price of 0.5 in some rows."""
    lines = [line.split(",") for line in text.split()]
    frame = pd.DataFrame(lines[1:], columns=lines[0]).astype({"limit": float, "value": float})
    room = frame["limit"] - frame["value"]
    frame["slack"] = room.where(frame["side"] != "min", -room)
    frame.loc[frame["side"] == "equal", "slack"] = room.abs()
    frame["shadow_price"] = 0.0
    frame.loc[list(priced), "shadow_price"] = 0.5
    frame["binding"] = "false"
    frame.loc[list(priced), "binding"] = "true"
    return frame
