"""What incentive pay would have cost AdventureWorks in 2013, and what was known of it before.

``python tests/adventureworks_pay.py`` prints the tables of ``docs/real-data.md`` anew.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from adventureworks import MANAGER, QUARTERS, YEAR, Company, data_folder, read_company
from worlds import toml, write_world

from optimizer.pay.pay import Pay, pay_run
from optimizer.pipeline import plan
from optimizer.stress.calibration import Calibration
from optimizer.stress.stress import stress_run

TRIALS = 16_000
RETROACTIVE = """
[[plan]]
name = "three tiers"
match = { role = "rep" }

[[plan.commission]]
mode = "retroactive"
tiers = [
  { from = 0.0, rate = 0.0 },
  { from = 0.8, rate = 0.010 },
  { from = 1.0, rate = 0.015 },
  { from = 1.2, rate = 0.020 },
]
"""
MARGINAL = """
[[plan]]
name = "three tiers"
match = { role = "rep" }

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.010 }, { from = 1.0, rate = 0.015 }, { from = 1.2, rate = 0.020 }]
"""
LEVELS = ("p10", "p50", "p90")
PLANS = {"all at one rate (retroactive)": RETROACTIVE, "each slice at its own": MARGINAL}


def published_rules(folder: Path) -> str:
    """Return the published rates as rules of pay: a flat commission, and a bonus on quota."""
    rates = sorted(set(_published(folder)["CommissionPct"]))
    return "\n".join(
        f'[[plan]]\nname = "{100 * rate:g} %"\nmatch = {{ x_rate = "{rate:g}" }}\n\n'
        f'[[plan.commission]]\nmode = "marginal"\ntiers = [{{ from = 0.0, rate = {rate} }}]\n\n'
        '[plan.bonus]\ntarget_incentive = "x_bonus"\nmode = "band"\n'
        "bands = [{ from = 0.0, multiplier = 0.0 }, { from = 1.0, multiplier = 1.0 }]\n"
        for rate in rates
    )


def _published(folder: Path) -> pd.DataFrame:
    staff = pd.read_csv(folder / "sales_employees.csv").dropna(subset=["CommissionPct"])
    return staff.set_index("Name")[["CommissionPct", "Bonus"]]


def past_attainments(folder: Path) -> pd.DataFrame:
    """Return attainments of published quotas before the year: period, rep, title, value."""
    table = pd.read_csv(folder / "attainment.csv")
    table = table.rename(columns={"attainment": "value"})
    return table[table["period"].str[:4] < YEAR]


def attainments_by_year(folder: Path) -> pd.DataFrame:
    """Return what was attained of published quotas by those who are no managers."""
    table = pd.read_csv(folder / "attainment.csv")
    table = table[~table["title"].str.contains(MANAGER)]
    year = table["period"].str[:4]
    sums = table.groupby(year)[["actual", "quota"]].sum()
    own = (table["actual"] / table["quota"]).groupby(year)
    return pd.DataFrame(
        {
            "person-quarters": own.size(),
            "of the whole": sums["actual"] / sums["quota"],
            "median": own.median(),
            "least": own.min(),
            "most": own.max(),
            "quota met": own.apply(lambda one: (one >= 1).mean()),
        }
    )


def quota_run(
    company: Company, folder: Path, out: Path, spread: Mapping[str, Any] | None = None
) -> Path:
    """Plan the year so that every target is the published quota; return the run.

    Parameters
    ----------
    company : Company
    folder : Path
        The data.
    out : Path
        Folder for scenario and run.
    spread : mapping, optional
        Keys of ``[stress]``.
    """
    published = _published(folder)
    people = company.people[["rep", "region"]].copy()
    managers = company.people["title"].str.contains(MANAGER)
    people["role"] = managers.map({True: "manager", False: "rep"})
    people["x_rate"] = people["rep"].map(published["CommissionPct"]).map("{:g}".format)
    people["x_bonus"] = people["rep"].map(published["Bonus"]).map("{:g}".format)
    quotas = company.quotas.rename("amount").reset_index()
    quotas = quotas[quotas["period"].isin(QUARTERS)]
    locks = quotas.assign(region=quotas["rep"].map(people.set_index("rep")["region"]))
    past = past_attainments(folder)
    past = past[past["rep"].isin(people["rep"]) & ~past["title"].str.contains(MANAGER)]
    region = locks.groupby("region")["amount"].sum()
    quarter = locks.groupby("period")["amount"].sum().reindex(QUARTERS)
    settings = {
        "name": f"adventureworks-{YEAR}-quotas",
        "unit": "USD",
        "periods": list(QUARTERS),
        "rounding": 1,
        "goal": float(quotas["amount"].sum()),
    }
    world = write_world(
        out / "world",
        settings,
        people=people,
        regions=(region / region.sum()).rename("share").reset_index(),
        periods=(quarter / quarter.sum()).rename("share").reset_index(),
        locks=locks[["period", "region", "rep", "amount"]],
        metrics=past.assign(metric="attainment")[["period", "rep", "metric", "value"]],
    )
    keys = "".join(f"{key} = {toml(one)}\n" for key, one in (spread or {}).items())
    with (world / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[stress]\ntrials = {TRIALS}\n{keys}")
    plan(world, out / "run")
    return out / "run"


def learned(run: Path, rules: Path) -> Calibration:
    """Return mean, cv and correlation of attainments as the years before the plan tell them."""
    found = stress_run(run, incentive=rules, propose_spread=True, trials=32).calibration
    assert found is not None
    return found


def spreads(known: Calibration) -> dict[str, dict[str, Any]]:
    """Return two ways to draw attainments as was learned: a lognormal, and the past ones."""
    assert known.mean is not None
    laws = {
        "lognormal": {"model": "lognormal", "mean": known.mean.value, "cv": known.cv.value},
        "past attainments": {"model": "history"},
    }
    common = {"company": known.company.value, "region": known.region.value}
    return {name: {"attainment": law, "correlation": common} for name, law in laws.items()}


def paid(company: Company, run: Path, rules: Path) -> Pay:
    """Pay the people of a run for what they really sold in the year."""
    sold = company.sold.groupby(["period", "rep"], as_index=False)["amount"].sum()
    sales = rules.with_suffix(".csv")
    sold.to_csv(sales, index=False)
    return pay_run(run, sales, incentive=rules)


@dataclass(frozen=True)
class Study:
    """What pay would have cost in the year.

    Attributes
    ----------
    published : Pay
        By the published rates.
    known : Calibration
        Of attainments before the year.
    bands : DataFrame
        plan, drawn, p10, p50, p90 (and their standard errors), cost: what it would really have
        been.
    """

    published: Pay
    known: Calibration
    bands: pd.DataFrame


def study(company: Company, folder: Path, scratch: Path) -> Study:
    """Say what plans may cost from the years before, and what they would have cost."""
    files = {}
    for number, (name, rules) in enumerate({**PLANS, "published": published_rules(folder)}.items()):
        files[name] = scratch / f"rules-{number}.toml"
        files[name].write_text(rules, encoding="utf-8")
    published = files.pop("published")
    bare = quota_run(company, folder, scratch / "bare")
    known = learned(bare, published)
    cost = {name: float(total(paid(company, bare, rules))) for name, rules in files.items()}
    rows = []
    for drawn, spread in spreads(known).items():
        run = quota_run(company, folder, scratch / drawn, spread)
        for name, rules in files.items():
            figures = stress_run(run, incentive=rules).figures
            own = {one: figures[one].value for one in LEVELS}
            errors = {f"{one} error": figures[one].standard_error for one in LEVELS}
            rows.append({"plan": name, "drawn": drawn, **own, **errors, "cost": cost[name]})
    return Study(paid(company, bare, published), known, pd.DataFrame(rows))


def total(pay: Pay, column: str = "") -> Decimal:
    """Return the sum of payouts, or of one of their columns."""
    return sum((one.columns[column] if column else one.amount for one in pay.payouts), Decimal(0))


def verdict(row: pd.Series[Any]) -> str:
    """Return where the real cost lies; within two standard errors of a bound it is on the edge."""
    for level in ("p10", "p90"):
        if abs(row["cost"] - row[level]) <= 2 * row[f"{level} error"]:
            return "on the edge"
    return (
        "below" if row["cost"] < row["p10"] else "above" if row["cost"] > row["p90"] else "inside"
    )


def attainment_lines(table: pd.DataFrame) -> list[str]:
    """Return the rows of `attainments_by_year` as Markdown."""
    return [
        f"| {year} | {row['person-quarters']:.0f} | "
        + " | ".join(f"{100 * row[name]:.1f} %" for name in table.columns[1:])
        + " |"
        for year, row in table.iterrows()
    ]


def band_lines(bands: pd.DataFrame) -> list[str]:
    """Return the bands as Markdown, in thousands of dollars."""
    return [
        f"| {row['plan']} | {row['drawn']} | "
        + " | ".join(f"{row[name] / 1000:,.0f}" for name in (*LEVELS, "cost"))
        + f" | {verdict(row)} |"
        for _, row in bands.sort_values("plan", kind="stable").iterrows()
    ]


def main() -> str:
    """Return the tables of ``docs/real-data.md``."""
    folder = data_folder()
    if folder is None:
        return "AdventureWorks is not here; set QUOTAPLAN_SHARED to the shared folder."
    with tempfile.TemporaryDirectory() as scratch:
        found = study(read_company(folder), folder, Path(scratch))
        lines = attainment_lines(attainments_by_year(folder))
        lines += [f"{name} {total(found.published, name):,}" for name in ("commission", "bonus")]
        return "\n".join([*lines, str(found.known), *band_lines(found.bands)])


if __name__ == "__main__":
    print(main())
