"""Turn AdventureWorks (orders, people, territories, published quotas) into a scenario.

``python tests/adventureworks.py`` prints the table of ``docs/real-data.md`` anew.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from worlds import shared, write_world

from optimizer.pipeline import plan

YEAR = "2013"
QUARTERS = tuple(f"{YEAR}Q{number}" for number in (1, 2, 3, 4))
MANAGER = "Manager"
COLUMNS = ("mean", "mean of reps", "median", "weighted", "weighted, known reps")


@dataclass(frozen=True)
class Company:
    """What is known of the company, and what it really sold.

    Attributes
    ----------
    past, sold : DataFrame
        History before the planned year, and the year itself: period, rep, product, amount;
        `region` is where the rep sits, not where the order came from.
    people : DataFrame
        rep, region, title, run_rate (mean of the quarters worked in the last year, NaN for
        newcomers).
    quotas : Series
        Published quota by (rep, period).
    new_shares : Series
        Share of the goal of territories where nobody has sold before.
    """

    past: pd.DataFrame
    sold: pd.DataFrame
    people: pd.DataFrame
    quotas: pd.Series[float]
    new_shares: pd.Series[float]


def data_folder() -> Path | None:
    """Return the folder of the data, or None where it is not there."""
    base = shared()
    folder = None if base is None else base / "data" / "adventureworks"
    return folder if folder is not None and folder.is_dir() else None


def read_company(folder: Path) -> Company:
    """Read the data, and give every rep one territory."""
    history = pd.read_csv(folder / "history.csv").drop(columns="team")
    before = history["period"].str[:4] < YEAR
    in_year = history["period"].str[:4] == YEAR
    people = seats(folder, history[before], history[in_year])
    home = people.set_index("rep")["region"]
    people["run_rate"] = people["rep"].map(run_rates(history[before]))
    history = history.assign(region=history["rep"].map(home))
    columns = ["period", "region", "rep", "product", "amount"]
    past = history.loc[before & history["region"].notna(), columns]
    sold = history.loc[in_year, columns]
    quotas = pd.read_csv(folder / "quotas.csv").set_index(["rep", "period"])["quota"]
    return Company(past, sold, people, quotas, new_territories(folder, past, people))


def seats(folder: Path, past: pd.DataFrame, sold: pd.DataFrame) -> pd.DataFrame:
    """Return the sellers of the year with title and territory.

    The territory is the home in the employee table. Managers have none there: theirs is where
    they sold most before, and for one without sales the home of the people they manage.
    """
    staff = pd.read_csv(folder / "sales_employees.csv")
    territories = pd.read_csv(folder / "territories.csv", keep_default_na=False)
    place = territories.set_index("SalesTerritoryKey")["SalesTerritoryRegion"]
    staff["region"] = staff["SalesTerritoryKey"].map(place).replace("NA", None)
    most = past.groupby(["rep", "region"])["amount"].sum().sort_values().reset_index()
    staff["region"] = staff["region"].fillna(
        staff["Name"].map(most.drop_duplicates("rep", keep="last").set_index("rep")["region"])
    )
    managed = staff.dropna(subset=["region"]).drop_duplicates("Manager")
    staff["region"] = staff["region"].fillna(
        staff["Name"].map(managed.set_index("Manager")["region"])
    )
    staff = staff[staff["Name"].isin(sold["rep"])]
    staff = staff.rename(columns={"Name": "rep", "Title": "title"})
    return staff[["rep", "region", "title"]].sort_values("rep").reset_index(drop=True)


def run_rates(past: pd.DataFrame) -> pd.Series[float]:
    """Return each rep's mean sales per quarter worked in the last year."""
    last = past[past["period"].str[:4] == str(int(YEAR) - 1)]
    quarterly = last.groupby(["rep", "period"])["amount"].sum()
    return quarterly.groupby("rep").mean()


def new_territories(folder: Path, past: pd.DataFrame, people: pd.DataFrame) -> pd.Series[float]:
    """Return shares of territories without history: the size of their resellers in all."""
    territories = pd.read_csv(folder / "territories.csv", keep_default_na=False)
    place = territories.set_index("SalesTerritoryKey")["SalesTerritoryRegion"]
    resellers = pd.read_csv(folder / "resellers.csv")
    size = resellers.groupby(resellers["SalesTerritoryKey"].map(place))["AnnualSales"].sum()
    new = sorted(set(people["region"]) - set(past["region"]))
    return (size / size.sum())[new]


def write_scenario(company: Company, folder: Path, *, shares_of_last_year: bool) -> Path:
    """Write the scenario of the year.

    Parameters
    ----------
    company : Company
    folder : Path
    shares_of_last_year : bool
        True: shares of territories and quarters, and abilities, come from the last year
        alone. False: they are left to the engine, which takes them from the whole history.
    """
    people = company.people
    managers = people["title"].str.contains(MANAGER)
    newcomer = people["run_rate"].isna()
    typical = people.groupby(managers)["run_rate"].mean()
    table = people[["rep", "region"]].assign(role=managers.map({True: "manager", False: "rep"}))
    # A manager without a past is taken for as much of a rep as the other managers are.
    table["fte"] = (managers & newcomer).map({True: round(typical[True] / typical[False], 4)})
    share = company.new_shares.reindex(sorted(set(people["region"])))
    ability: dict[str, str] = {"from": "history"}
    periods: list[dict[str, object]] = []
    if shares_of_last_year:
        table["ability"] = (people["run_rate"] / typical[False]).fillna(1.0)
        rates = people.groupby("region")["run_rate"].sum().drop(company.new_shares.index)
        share = share.fillna(rates / rates.sum() * (1.0 - company.new_shares.sum()))
        ability = {}
        last = last_year(company).groupby("period")["amount"].sum()
        periods = [
            {"period": quarter, "share": amount / last.sum()}
            for quarter, amount in zip(QUARTERS, last.sort_index(), strict=True)
        ]
    settings = {
        "name": "adventureworks-2013",
        "unit": "USD",
        "periods": list(QUARTERS),
        "rounding": 1,
        "goal": float(round(company.sold["amount"].sum())),
        **({"ability": ability} if ability else {}),
    }
    regions = share.rename_axis("region").rename("share").reset_index()
    history = company.past.groupby(["period", "region", "rep", "product"], as_index=False).sum()
    return write_world(
        folder, settings, people=table, regions=regions, history=history, periods=periods
    )


def last_year(company: Company) -> pd.DataFrame:
    """Return the history of the last year before the planned one."""
    return company.past[company.past["period"].str[:4] == str(int(YEAR) - 1)]


def planned(company: Company, folder: Path, *, shares_of_last_year: bool) -> pd.Series[float]:
    """Plan the year, and return targets by (rep, period)."""
    world = write_scenario(company, folder, shares_of_last_year=shares_of_last_year)
    targets = plan(world).main.targets
    return targets.groupby(["rep", "period"])["target"].sum().astype(float)


def last_year_plus(company: Company) -> pd.Series[float]:
    """Return last year's quarter for every rep; without one, the mean of the same title."""
    people = company.people.set_index("rep")
    manager = people["title"].str.contains(MANAGER)
    wide = (
        last_year(company)
        .groupby(["rep", "period"])["amount"]
        .sum()
        .unstack("period")
        .reindex(people.index)
    )
    wide.columns = pd.Index(QUARTERS, name="period")
    for _, group in wide.groupby(manager):
        wide.loc[group.index] = group.fillna(group.mean())
    return wide.T.unstack()


def scaled(targets: pd.Series[float], actual: pd.Series[float]) -> pd.Series[float]:
    """Return targets of the person-quarters that sold, brought to the total sold."""
    chosen = targets.reindex(actual.index)
    return chosen * (actual.sum() / chosen.sum())


def errors(targets: pd.Series[float], company: Company, actual: pd.Series[float]) -> list[float]:
    """Return the errors of targets in the order of `COLUMNS`, as shares."""
    off = (targets - actual).abs()
    relative = off / actual
    people = company.people.set_index("rep")
    name = actual.index.get_level_values("rep")
    is_rep = ~name.map(people["title"].str.contains(MANAGER)).to_numpy(dtype=bool)
    is_known = is_rep & name.map(people["run_rate"].notna()).to_numpy(dtype=bool)
    return [
        relative.mean(),
        relative[is_rep].mean(),
        relative.median(),
        off.sum() / actual.sum(),
        off[is_known].sum() / actual[is_known].sum(),
    ]


def comparison(company: Company, folder: Path) -> pd.DataFrame:
    """Compare ways to set the targets of the year with what was really sold."""
    actual = company.sold.groupby(["rep", "period"])["amount"].sum()
    ways = {
        "published quotas": company.quotas,
        "ours, shares from last year": planned(company, folder / "a", shares_of_last_year=True),
        "last year plus a constant percentage": last_year_plus(company),
        "ours, shares left to the engine": planned(
            company, folder / "b", shares_of_last_year=False
        ),
    }
    rows = {way: errors(scaled(targets, actual), company, actual) for way, targets in ways.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))


def table_lines(table: pd.DataFrame) -> list[str]:
    """Return the rows of the comparison as Markdown."""
    return [
        f"| {way} | " + " | ".join(f"{100 * value:.1f} %" for value in row) + " |"
        for way, row in zip(table.index, table.to_numpy(), strict=True)
    ]


def main() -> str:
    """Return the table of ``docs/real-data.md``."""
    folder = data_folder()
    if folder is None:
        return "AdventureWorks is not here; set QUOTAPLAN_SHARED to the shared folder."
    with tempfile.TemporaryDirectory() as scratch:
        return "\n".join(table_lines(comparison(read_company(folder), Path(scratch))))


if __name__ == "__main__":
    print(main())
