"""Plans in units of a millionth: a thousand million units in a cell, and every limit kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worlds import shares, write_world

from optimizer.change.edits import add_rep, set_products
from optimizer.domain.scenario import Scenario
from optimizer.inputs.load import load_scenarios
from optimizer.planning.scenario_plan import plan_scenario


def read(folder: Path, settings: dict[str, Any], **tables: list[dict[str, Any]]) -> Scenario:
    return load_scenarios(write_world(folder, {"rounding": 0, **settings}, **tables)).scenarios[0]


def test_a_lock_moves_what_others_sell_by_as_much_as_it_takes(tmp_path: Path) -> None:
    """Above the targets of a stretch plan the lock leaves another split than the exact one."""
    scenario = read(
        tmp_path,
        {
            "periods": ["2024Q1", "2024Q2", "2024Q3"],
            "goal": 1234,
            "as_of": "2024-01-01",
            "buffers": {"capacity": 0.07},
            "tolerance": {"region": 0, "product": 0, "period": 0},
        },
        people=[{"rep": "r0", "region": "N1", "capacity": 84.559, "start": "2024-05-10"}],
        products=shares("product", {"P": 1, "Q": 1, "R": 2}),
        regions=[
            {"region": "N"},
            {"region": "N1", "parent": "N"},
            {"region": "N2", "parent": "N", "share": 0.5},
        ],
        locks=[{"rep": "r0", "product": "P", "amount": 62.829}],
    )
    plan = plan_scenario(add_rep(scenario, "New", "N1", capacity=70.465833))
    assert plan.whole.cells is not None
    own = plan.instance.reps
    assert own is not None
    locked = plan.whole.cells[own.names.index("r0"), :, plan.instance.products.index("P")]
    assert locked.sum() == 62_829_000


def test_dust_of_many_units_lifts_no_minimum_by_one(tmp_path: Path) -> None:
    """The second quarter's market is sold out at 70,400,000 units, in stretch as well."""
    scenario = read(
        tmp_path,
        {
            "periods": ["2024Q1", "2024Q2"],
            "goal": {"floor": 89.6, "target": 128},
            "buffers": {"capacity": 0.1, "over_assignment": {"region": 0.02}},
            "tolerance": {"product": 0.3, "region": 0.02},
            "ramp": {"factors": [0.25, 0.5, 0.75]},
        },
        people=[
            {"rep": "a", "region": "N", "ability": 0.5, "capacity": 12.8},
            {"rep": "b", "region": "N", "start": "2024-02-01", "products": "MES", "min": 8.0},
            {
                "rep": "c",
                "region": "N",
                "start": "2025-03-01",
                "products": "Service;Odd",
                "min": 3.2,
            },
            {"rep": "d", "region": "N", "start": "2024-05-15", "products": "MES"},
        ],
        products=[
            {"product": "MES", "share": 300},
            {"product": "Twin", "share": 300},
            {"product": "Service", "share": 500},
            {"product": "Odd", "share": 200},
        ],
        potential=[
            {"period": "2024Q2", "product": None, "potential": 70.4},
            {"period": "2024Q1", "product": "Service", "potential": 17.6},
        ],
    )
    plan = plan_scenario(set_products(scenario, "b", ["MES", "Twin"]))
    assert plan.whole.placed[:, 1].sum() <= 70_400_000
