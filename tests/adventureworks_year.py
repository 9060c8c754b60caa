"""A year of AdventureWorks, quarter by quarter, each planned from what the one before it taught.

``python tests/adventureworks_year.py`` prints the tables of ``docs/year.md`` anew.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from adventureworks import QUARTERS, Company, data_folder, last_year, read_company
from adventureworks_pay import MARGINAL
from click.testing import CliRunner
from worlds import ROOT, shares, write_world

from cli import main as program

HALFWAY = 7
FOLLOWING = ("2013Q2", "2013Q3", "2013Q4", "2014Q1")
MISJUDGED = "2013Q3"
HANDED_DOWN = 1.08
"""The goal of one quarter is handed down too high by so much, and mended halfway."""

SCORECARD = """
missing = "reweight"
grades = [{ from = 0, name = "C" }, { from = 70, name = "B" }, { from = 90, name = "A" }]

[[metric]]
name = "sales"
weight = 0.7
kind = "ratio"
source = "amount"
mode = "linear"
bands = [
  { from = 0.0, points = 0 },
  { from = 0.8, points = 0 },
  { from = 0.8, points = 80 },
  { from = 1.2, points = 120 },
]
match = { role = "rep" }

[[metric]]
name = "growth"
weight = 0.3
kind = "growth"
source = "amount"
mode = "linear"
bands = [{ from = -0.5, points = 0 }, { from = 0.5, points = 100 }]
match = { role = "rep" }
"""


@dataclass(frozen=True)
class Quarter:
    """One quarter of the year, from its plan to the proposal of the next.

    Attributes
    ----------
    period : str
    run : Path
        As it was in the end: recalibrated where that was done.
    sold : Series
        By rep.
    target, fixed : Series
        By rep: as planned by the loop, and with the abilities of the year's beginning.
    next_scenario : Path
    """

    period: str
    run: Path
    sold: pd.Series[float]
    target: pd.Series[float]
    fixed: pd.Series[float]
    next_scenario: Path

    def error(self, target: pd.Series[float]) -> float:
        """Return Σ |target − sold| / Σ sold."""
        return float((target.reindex(self.sold.index) - self.sold).abs().sum() / self.sold.sum())

    @property
    def error_in_territories(self) -> float:
        """The error that would be left had each territory's share of the sales been known."""
        table = pd.read_csv(self.run / "targets.csv").drop_duplicates("rep")
        home = table.set_index("rep")["region"].reindex(self.target.index)
        sold = self.sold.reindex(self.target.index).fillna(0.0).groupby(home).sum()
        scale = sold / self.target.groupby(home).sum()
        return self.error(self.target * home.map(scale))

    @property
    def status(self) -> pd.DataFrame:
        """``status.csv`` halfway."""
        table = pd.read_csv(self.run / "pace" / "status.csv")
        return table[table["week"] == HALFWAY]

    @property
    def learned(self) -> pd.DataFrame:
        """Edits of the proposal that results spoke for."""
        table = pd.read_csv(self.run / "propose" / "proposal.csv")
        return table[table["accept"] == "yes"]


def weekly_orders(folder: Path) -> pd.DataFrame:
    """Return orders by period, week and rep; they are booked at the end of each month."""
    orders = pd.read_csv(folder / "reseller_sales.csv.gz", parse_dates=["OrderDate"])
    booked = orders["OrderDate"] + pd.Timedelta(days=5)
    quarter = booked.dt.to_period("Q")
    staff = pd.read_csv(folder / "sales_employees.csv").set_index("EmployeeKey")["Name"]
    table = pd.DataFrame(
        {
            "period": quarter.astype(str),
            "week": ((booked - quarter.dt.start_time).dt.days // 7 + 1).clip(upper=13),
            "rep": orders["EmployeeKey"].map(staff),
            "amount": orders["SalesAmount"],
        }
    )
    return table.groupby(["period", "week", "rep"], as_index=False)["amount"].sum()


def first_scenario(company: Company, weekly: pd.DataFrame, folder: Path, goal: float) -> Path:
    """Write the scenario of the first quarter, with what was known at the end of 2012."""
    people = company.people
    rates = people["run_rate"]
    managers = people["title"].str.contains("Manager")
    typical = rates.groupby(managers).mean()
    table = people[["rep", "region"]].assign(role=managers.map({True: "manager", False: "rep"}))
    table["ability"] = (rates / typical[False]).round(4)
    table.loc[managers & rates.isna(), "ability"] = round(typical[True] / typical[False], 4)
    table["ability"] = table["ability"].fillna(1.0)
    by_region = people.groupby("region")["run_rate"].sum().drop(company.new_shares.index)
    known = by_region / by_region.sum() * (1.0 - company.new_shares.sum())
    regions = shares("region", {**known.round(6), **company.new_shares.round(6)})
    past = last_year(company).drop(columns="region")
    weeks = weekly[(weekly["period"] < QUARTERS[0]) & weekly["rep"].isin(people["rep"])]
    write_world(
        folder,
        {"name": "adventureworks", "unit": "USD", "periods": [QUARTERS[0]], "goal": goal,
         "rounding": 1, "pacing": {"curve": "history"}, "recalibration": {"cap": 0.2}},
        people=table,
        regions=regions,
        history=past.groupby(["period", "rep", "product"], as_index=False)["amount"].sum(),
        weekly=weeks,
    )  # fmt: skip
    (folder / "incentive.toml").write_text(MARGINAL, encoding="utf-8")
    (folder / "scorecard.toml").write_text(SCORECARD, encoding="utf-8")
    return folder


def quotaplan(*arguments: object) -> None:
    """Run a command; it must go well."""
    done = CliRunner().invoke(program, [*map(str, arguments), "--quiet"])
    assert done.exit_code == 0, f"{arguments}\n{done.output}\n{done.stderr}"


def targets_of(run: Path) -> pd.Series[float]:
    """Return the targets of a run by rep."""
    return pd.read_csv(run / "targets.csv").groupby("rep")["target"].sum().astype(float)


def quarters_of(company: Company, weekly: pd.DataFrame, folder: Path) -> Iterator[Quarter]:
    """Go through the year: plan, pace, pay, score, review, propose, and plan again."""
    sums = company.sold.groupby("period")["amount"].sum().round()
    scenario = first = folder / QUARTERS[0]
    first_scenario(company, weekly, first, float(sums[QUARTERS[0]]))
    previous: list[Path] = []
    for period, following in zip(QUARTERS, FOLLOWING, strict=True):
        run = folder / f"run-{period}"
        quotaplan("plan", scenario, "--out", run)
        weeks, sold = folder / f"weeks-{period}.csv", folder / f"sold-{period}.csv"
        weekly[weekly["period"] == period].pipe(every_week).to_csv(weeks, index=False)
        rows = company.sold[company.sold["period"] == period].drop(columns="region")
        rows.to_csv(sold, index=False)
        if period == MISJUDGED:
            mended = folder / f"run-{period}-mended"
            quotaplan("recalibrate", run, "--actuals", weeks, "--as-of", HALFWAY,
                      "--goal", sums[period], "--out", mended)  # fmt: skip
            run = mended
        before = [item for one in previous for item in ("--previous", one)]
        quotaplan("pace", run, "--actuals", weeks, "--as-of", HALFWAY, "--charts", "none")
        quotaplan("pay", run, "--actuals", sold, *before)
        quotaplan("score", run, "--actuals", sold, *before)
        quotaplan("review", run, "--actuals", sold, *before)
        goal = sums.get(following, sums[period]) * (HANDED_DOWN if following == MISJUDGED else 1)
        quotaplan("propose", run, "--actuals", sold, "--goal", round(goal),
                  "--next", folder / following)  # fmt: skip
        previous.append(run)
        scenario = folder / following
        quotaplan("plan", fixed_scenario(first, folder / f"fixed-{period}", period, sums[period]),
                  "--out", folder / f"run-fixed-{period}")  # fmt: skip
        yield Quarter(
            period, run, rows.groupby("rep")["amount"].sum(), targets_of(run),
            targets_of(folder / f"run-fixed-{period}"), scenario,
        )  # fmt: skip


def every_week(table: pd.DataFrame) -> pd.DataFrame:
    """Return sales with a row for every week, nothing sold where there is none."""
    rep, period = table["rep"].iloc[0], table["period"].iloc[0]
    missing = sorted(set(range(1, 14)) - set(table["week"]))
    rows = [{"period": period, "week": week, "rep": rep, "amount": 0.0} for week in missing]
    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True)


def fixed_scenario(first: Path, folder: Path, period: str, goal: float) -> Path:
    """Write a quarter with all that the first one assumed, and its own goal."""
    folder.mkdir()
    keys = f'extends = "../{first.name}"\nperiods = ["{period}"]\ngoal = {goal:.0f}\n'
    (folder / "scenario.toml").write_text(keys, encoding="utf-8")
    return folder


def target_lines(quarters: list[Quarter]) -> list[str]:
    """Return the table of goals and errors as Markdown."""
    return [
        f"| {one.period} | {one.target.sum():,.0f} | {100 * one.error(one.fixed):.1f} % "
        f"| {100 * one.error(one.target):.1f} % | {len(one.learned)} |"
        for one in quarters
    ]


def halfway_lines(quarters: list[Quarter]) -> list[str]:
    """Return the table of where the company stood halfway as Markdown."""
    lines = []
    for one in quarters:
        company = one.status[one.status["level"] == "company"].iloc[0]
        reps = one.status[one.status["level"] == "rep"]["status"].value_counts()
        lights = ", ".join(f"{reps.get(name, 0)} {name}" for name in ("green", "yellow", "red"))
        lines.append(
            f"| {one.period} | {company['actual']:,.0f} | {company['status']} | {lights} "
            f"| {company['low']:,.0f} to {company['high']:,.0f} | {one.sold.sum():,.0f} |"
        )
    return lines


def result_lines(quarters: list[Quarter]) -> list[str]:
    """Return the table of pay, scores and review as Markdown."""
    lines = []
    for one in quarters:
        paid = pd.read_csv(one.run / "pay" / "payouts.csv")["payout"].sum()
        scores = pd.read_csv(one.run / "score" / "scores.csv")
        totals = scores[scores["metric"] == "score"]
        grades = ", ".join(f"{(totals['grade'] == name).sum()} {name}" for name in "ABC")
        seats = pd.read_csv(one.run / "review" / "attainment.csv")
        seats = seats[(seats["dimension"] == "rep") & (seats["product"] == "*")]
        seats = seats[seats["period"] == one.period]["attainment"]
        lines.append(
            f"| {one.period} | {paid:,.0f} | {100 * paid / one.sold.sum():.2f} % "
            f"| {totals['value'].mean():.1f} | {grades} "
            f"| {(seats >= 1).sum()} of {len(seats)} | {(seats < 0.8).sum()} |"
        )
    return lines


def picture(quarters: list[Quarter]) -> str:
    """Return the errors of both ways as a small SVG."""
    rows = []
    for place, one in enumerate(quarters):
        for number, (target, colour) in enumerate(
            ((one.fixed, "#bbbbbb"), (one.target, "#1f6f8b"))
        ):
            error, top = 100 * one.error(target), 14 + 52 * place + 20 * number
            rows.append(
                f'<rect x="70" y="{top}" width="{10 * error:.0f}" height="18" fill="{colour}"/>'
                f'<text x="{76 + 10 * error:.0f}" y="{top + 13}">{error:.1f} %</text>'
            )
        rows.append(f'<text x="8" y="{14 + 52 * place + 23}">{one.period}</text>')
    legend = (
        '<rect x="70" y="224" width="12" height="12" fill="#bbbbbb"/>'
        '<text x="88" y="235">as assumed at the beginning</text>'
        '<rect x="270" y="224" width="12" height="12" fill="#1f6f8b"/>'
        '<text x="288" y="235">as learned from quarter to quarter</text>'
    )
    title = "<title>Error of targets: sum of |target - sold| over what was sold</title>"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="520" height="246" role="img" '
        f'font-family="sans-serif" font-size="12">\n{title}\n'
        + "\n".join([*rows, legend])
        + "\n</svg>\n"
    )


def main() -> str:
    """Return the tables of ``docs/year.md``; draw its picture."""
    folder = data_folder()
    if folder is None:
        return "AdventureWorks is not here; set QUOTAPLAN_SHARED to the shared folder."
    with tempfile.TemporaryDirectory() as scratch:
        found = list(quarters_of(read_company(folder), weekly_orders(folder), Path(scratch)))
        (ROOT / "docs" / "year.svg").write_text(picture(found), encoding="utf-8", newline="\n")
        tables = (target_lines(found), halfway_lines(found), result_lines(found))
    return "\n\n".join("\n".join(lines) for lines in tables)


if __name__ == "__main__":
    print(main())
