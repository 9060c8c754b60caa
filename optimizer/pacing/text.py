"""Pacing as text for a terminal: bars of lights, strips of weeks, who leads and who lags."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from optimizer.pacing.pace import Pacing
from optimizer.pacing.rehearsal import simulation_summary
from optimizer.pacing.status import GREEN, RED, YELLOW
from optimizer.results.text_table import amount, render_table, width

LETTER = {RED: "R", YELLOW: "y", GREEN: "g"}
BAR = 30
TOP = 5
_MOST_ROWS = 24

Paint = Callable[[str, str], str]
"""Paints a text in the colour of a status."""


def unpainted(text: str, _status: str) -> str:
    """Return a text as it is, for terminals without colours."""
    return text


def render_pacing(pacing: Pacing, decimals: int, paint: Paint = unpainted) -> str:
    """Return what pacing found: status where there are actuals, else simulated weeks."""
    parts = [_head(pacing)]
    if pacing.status is not None:
        parts += _standing(pacing, pacing.status, decimals, paint)
    elif pacing.calibration is not None:
        parts.append(_calibration(pacing))
    else:
        parts += [_simulated(pacing, name, paint) for name in pacing.simulated]
    return "\n\n".join(parts)


def _head(pacing: Pacing) -> str:
    settings = pacing.planned.scenario.settings
    target = float(pacing.seats.target.sum())
    text = (
        f"{settings.name}, {pacing.seats.period}: {len(pacing.seats)} targets, together "
        f"{target:,.10g} {settings.unit}".rstrip()
        + f", in {pacing.seats.weeks} weeks"
    )
    return "\n".join([text, *(f"note: {note}" for note in pacing.curves.notes)])


def _simulated(pacing: Pacing, name: str, paint: Paint) -> str:
    """Return one behaviour: a bar of lights per week, and what they are worth."""
    simulation = pacing.simulated[name]
    red, green = simulation.share(RED), simulation.share(GREEN)
    low, _, high = simulation.band()
    rows = [
        [
            str(week + 1),
            _bar(red[week], green[week], paint),
            *(f"{100 * part:.0f} %" for part in (red[week], green[week])),
            *(f"{100 * part:.0f} %" for part in (simulation.false_alarm[week],
                                                simulation.miss[week])),
            f"{100 * low[week]:.0f}–{100 * high[week]:.0f} %",
        ]
        for week in range(len(red))
    ]  # fmt: skip
    header = ["week", "lights", "red", "green", "false alarm", "miss", "company sold"]
    figures = simulation_summary(simulation)
    telling = figures["first_telling_week"]
    words = (
        f"{100 * figures['reach_target']:.0f} % reach their target, "
        f"{100 * figures['miss_floor']:.0f} % miss their floor. "
        f"{figures['false_reds']:.2f} false red weeks per target"
        + (f"; from week {telling} on red tells more than it misleads." if telling else ".")
    )
    return f"Selling {name}\n{render_table(header, rows, 5)}\n{words}"


def _bar(red: float, green: float, paint: Paint) -> str:
    reds, greens = round(BAR * red), round(BAR * green)
    yellows = max(BAR - reds - greens, 0)
    counts = {RED: reds, YELLOW: yellows, GREEN: BAR - reds - yellows}
    return "".join(paint(LETTER[status] * number, status) for status, number in counts.items())


def _standing(pacing: Pacing, status: pd.DataFrame, decimals: int, paint: Paint) -> list[str]:
    now = status[status["week"] == pacing.week]
    parts = [_company(pacing, now, decimals, paint), _strips(pacing, status, decimals, paint)]
    seats = now[now["level"].isin(["rep"])]
    seats = seats if len(seats) else now[now["level"].isin(["region"])]
    ranked = seats[seats["target_due"] > 0].sort_values(["pace", "name"], ascending=[False, True])
    if len(ranked) > 1:
        parts.append(_ranked(ranked, decimals, paint))
    if pacing.alerts is not None:
        parts.append(_alerts(pacing.alerts, pacing.week))
    return parts


def _company(pacing: Pacing, now: pd.DataFrame, decimals: int, paint: Paint) -> str:
    whole = now.iloc[0]
    sold, due = (amount(float(whole[name]), decimals) for name in ("actual", "target_due"))
    low, high = (amount(float(whole[name]), decimals) for name in ("low", "high"))
    return (
        f"End of week {pacing.week}: sold {sold} of {due} due ({100 * whole['pace']:.0f} %), "
        f"{paint(str(whole['status']), str(whole['status']))}. Landing between {low} and {high} "
        f"with 80 %; floor {100 * whole['probability_floor']:.0f} %, target "
        f"{100 * whole['probability_target']:.0f} % likely."
    )


def _strips(pacing: Pacing, status: pd.DataFrame, decimals: int, paint: Paint) -> str:
    """Return a strip of weeks for the company and each region, worst landing first."""
    shown = status[status["level"].isin(["company", "region"])]
    now = shown[shown["week"] == pacing.week]
    order = now[now["level"] == "region"].sort_values(["pace", "name"])["name"].tolist()
    names = ["*", *order[:_MOST_ROWS]]
    marks = shown.pivot_table(index="name", columns="week", values="status", aggfunc="first")
    figures = now.drop_duplicates("name").set_index("name")
    longest = max(width(name) for name in ["company", *names])
    lines = []
    for name in names:
        label = "company" if name == "*" else name
        strip = "".join(paint(LETTER[mark], mark) for mark in marks.loc[name])
        strip += "." * (pacing.seats.weeks - pacing.week)
        projected = amount(float(figures.loc[name, "projected"]), decimals)
        pace = f"{100 * figures.loc[name, 'pace']:4.0f} %"
        space = " " * (longest - width(label))
        lines.append(f"{label}{space}  {strip}  {pace}  projected {projected}")
    if len(order) > _MOST_ROWS:
        lines.append(f"… {len(order) - _MOST_ROWS} more regions in status.csv")
    return "Weeks (R red, y yellow, g green)\n" + "\n".join(lines)


def _ranked(ranked: pd.DataFrame, decimals: int, paint: Paint) -> str:
    top = min(TOP, len(ranked) // 2)
    chosen = pd.concat([ranked.head(top), ranked.tail(top)])
    rows = [
        [
            "leads" if place < top else "lags",
            str(row["name"]),
            paint(str(row["status"]), str(row["status"])),
            amount(float(row["actual"]), decimals),
            f"{100 * row['pace']:.0f} %",
            amount(float(row["projected"]), decimals),
            f"{100 * row['probability_target']:.0f} %",
        ]
        for place, (_, row) in enumerate(chosen.iterrows())
    ]
    header = ["", "who", "status", "sold", "pace", "projected", "target likely"]
    return render_table(header, rows, 4)


def _alerts(alerts: pd.DataFrame, week: int) -> str:
    if alerts.empty:
        return f"No new alert in week {week}."
    rows = [
        [str(row["level"]), str(row["name"]), f"{row['before'] or 'start'} to {row['status']}"]
        for _, row in alerts.head(_MOST_ROWS).iterrows()
    ]
    more = len(alerts) - len(rows)
    text = f"New alerts in week {week}\n" + render_table(["level", "who", "status"], rows, 0)
    return text + (f"\n… {more} more in alerts.csv" if more > 0 else "")


def _calibration(pacing: Pacing) -> str:
    found = pacing.calibration
    assert found is not None
    rows = [
        [str(week + 1), f"{100 * now:.2f} %", f"{100 * then:.2f} %"]
        for week, (now, then) in enumerate(
            zip(pacing.curves.curves[0].weekly, found.learned.curve.weekly, strict=True)
        )
    ]
    before, after, equal = found.false_reds
    words = (
        f"Learned from {found.learned.quarters} past periods. A team that sells so has "
        f"{before:.2f} false red weeks per target with the plan's curve, {after:.2f} with the "
        f"learned one, and {equal:.2f} where red_below = {found.equal_red_below:.2f} keeps as many "
        f'later misses in sight. To use it: [pacing] curve = "history".'
    )
    return render_table(["week", "plan", "learned"], rows, 2) + "\n" + words
