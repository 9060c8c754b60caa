"""Pacing as text for a terminal: bars of lights, strips of weeks, who leads and who lags."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from optimizer.activities.text import render_activities
from optimizer.pacing.calibration import Calibration
from optimizer.pacing.curves import past_periods
from optimizer.pacing.pacing import Pacing
from optimizer.pacing.rehearsal import simulation_summary
from optimizer.pacing.status import GREEN, RED, YELLOW
from optimizer.results.text_table import amount, render_table, width

LETTER = {RED: "R", YELLOW: "y", GREEN: "g"}
BAR = 30
TOP = 5
_MOST_ROWS = 24
_CLOSE = 1e-9

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
        parts.append(_calibration(pacing.calibration))
    else:
        parts += [_simulated(pacing, name, paint) for name in pacing.simulated]
    if pacing.activities is not None:
        parts.append(render_activities(pacing.activities))
    return "\n\n".join(parts)


def _head(pacing: Pacing) -> str:
    settings = pacing.planned.scenario.settings
    target = float(pacing.seats.target.sum())
    periods, number = settings.periods, settings.periods.index(pacing.seats.period) + 1
    of = f" (period {number} of {len(periods)})" if len(periods) > 1 else ""
    text = (
        f"{settings.name}, {pacing.seats.period}{of}: {len(pacing.seats)} targets, together "
        f"{target:,.10g} {settings.unit}".rstrip()
        + f", in {pacing.seats.weeks} weeks"
    )
    return "\n".join([text, *(f"note: {note}" for note in pacing.notes)])


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
    stands = (
        f"End of week {pacing.week}: sold {sold} of {due} due ({_percent(whole['pace'])}), "
        f"{paint(str(whole['status']), str(whole['status']))}."
    )
    if pacing.week == pacing.seats.weeks:
        reached = [name for name in ("floor", "target") if whole[f"probability_{name}"] == 1]
        end = f"{reached[-1]} reached" if reached else "floor missed"
        return f"{stands} The period is over: {end}."
    return (
        f"{stands} Landing between {low} and {high} "
        f"with 80 %; floor {100 * whole['probability_floor']:.0f} %, target "
        f"{100 * whole['probability_target']:.0f} % likely."
    )


def _percent(pace: float) -> str:
    """Return a pace in whole percent; 100 only where all that is due is sold."""
    if pace != pace:
        return ""
    whole = round(100 * pace)
    return f"{whole if pace >= 1 - _CLOSE else min(whole, 99)} %"


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
        pace = f"{_percent(figures.loc[name, 'pace']):>6}"
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
            _percent(row["pace"]),
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


def _calibration(found: Calibration) -> str:
    red, green = found.lights.limits(len(found.share_after))
    rows = [
        [
            str(week + 1),
            *(f"{100 * share[week]:.2f} %" for share in (found.share_before, found.share_after)),
            *(f"{limit[week]:.2f}" for limit in (red, green)),
        ]
        for week in range(len(red))
    ]
    weeks = render_table(["week", "plan", "learned", "red below", "green from"], rows, 5)
    written = [
        f"{name} = [{', '.join(f'{one:g}' for one in getattr(found.lights, name))}]"
        for name in ("red_below", "green_from")
    ]
    use = "\n  ".join(["To use it, write in [pacing]:", 'curve = "history"', *written])
    return "\n\n".join([weeks, _gains(found), use])


def _gains(found: Calibration) -> str:
    """Return how often lights are wrong before and after, as a table."""
    rows = [
        [name, f"{reds:.2f}", f"{greens:.2f}", f"{100 * seen:.0f} %", str(week or "never")]
        for name, reds, greens, seen, week in zip(
            ("the plan's", "learned curve", "learned curve, red below and green from as above"),
            found.false_reds, found.false_greens, found.seen, found.half_shown, strict=True,
        )
    ]  # fmt: skip
    header = ["curve and lights", "false reds", "false greens", "misses red", "half seen by week"]
    return (
        f"Learned from {past_periods(found.learned.quarters)}. Of a team that sells so, in weeks "
        f"per target:\n{render_table(header, rows, 4)}\n"
        "false reds reach their target, false greens miss their floor; misses red: share of "
        "later misses that is red, mean of the weeks before the last."
    )
