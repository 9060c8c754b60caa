"""A plan with rules of pay, for tests of what commands on the money of pay write."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from click.testing import CliRunner, Result

from cli import main
from optimizer.pipeline import plan
from tests.worlds import SCENARIOS


def finance_run(folder: Path, stress: str, incentive: str) -> Path:
    """Plan company A into a folder and return the run.

    Parameters
    ----------
    folder : Path
        Gets ``company-a``, the scenario, and ``run``.
    stress : str
        What ``scenario.toml`` has in addition.
    incentive : str
        ``incentive.toml``.
    """
    scenario = folder / "company-a"
    scenario.mkdir()
    for path in (SCENARIOS / "company-a").iterdir():
        (scenario / path.name).write_bytes(path.read_bytes())
    with (scenario / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write(stress)
    (scenario / "incentive.toml").write_text(incentive, encoding="utf-8")
    plan(scenario, folder / "run")
    return folder / "run"


def write_sold_as_planned(run: Path, path: Path) -> Path:
    """Write actuals by which everybody is on target, and return their file."""
    targets = pd.read_csv(run / "targets.csv")
    targets = targets[targets["rep"].notna()]
    sold = targets.groupby(["period", "rep"], as_index=False)["target"].sum()
    sold.rename(columns={"target": "amount"}).to_csv(path, index=False)
    return path


def done(*arguments: object) -> Result:
    """Run a command that must end well."""
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result
