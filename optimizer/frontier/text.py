"""A frontier as text for the terminal."""

from __future__ import annotations

from optimizer.frontier.frontier import Frontier
from optimizer.results.text_table import render_table, short_amount

_BARE = 1e-9


def render_frontier(found: Frontier) -> str:
    """Return the table, with the run's own row and the cheapest one marked, and a sentence."""
    unit = f", {found.unit}" if found.unit else ""
    cheapest = found.cheapest
    head = (
        f"{found.name}: goal {found.goal:,.15g}, street {found.street:,.15g} "
        f"({100 * found.present:+.2f} %); sales follow targets with elasticity "
        f"{found.elasticity:g}"
    )
    header = ["", "over-assignment", "chance of goal", f"cost mean{unit}", "P90", "cost / sales"]
    rows = []
    for row in found.rows.to_dict("records"):
        amount = row["over_assignment"]
        marks = []
        if abs(amount - found.present) < _BARE:
            marks.append("as planned")
        if cheapest is not None and abs(amount - cheapest["over_assignment"]) < _BARE:
            marks.append(f"cheapest for {100 * found.chance:g} %")
        rows.append(
            [
                ", ".join(marks),
                f"{100 * amount:.2f} %",
                f"{100 * row['probability']:.1f} %",
                short_amount(row["cost_mean"]),
                short_amount(row["cost_p90"]),
                f"{100 * row['ccos']:.2f} %",
            ]
        )
    return "\n\n".join((head, render_table(header, rows, 5), _said(found, cheapest)))


def _said(found: Frontier, cheapest: dict[str, float] | None) -> str:
    wanted = f"a chance of {100 * found.chance:g} % of the goal"
    if cheapest is None:
        why = (
            "sales do not follow targets"
            if found.elasticity == 0
            else "sales follow targets too little"
        )
        return f"No over-assignment up to 100 % gives {wanted}: {why}."
    is_present = found.rows["over_assignment"] == found.present
    extra = cheapest["cost_mean"] - float(found.rows.loc[is_present, "cost_mean"].iloc[0])
    return (
        f"Cheapest for {wanted}: {100 * cheapest['over_assignment']:.2f} %; it costs "
        f"{short_amount(abs(extra))} {'more' if extra >= 0 else 'less'} than as planned. "
        "Whether people can carry it, a plan with that over-assignment says."
    )
