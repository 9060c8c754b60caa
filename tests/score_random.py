"""Random worlds of scorecards: people with roles and starts, cards by match, holes in the data."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.score_world import ScoreWorld

PERIODS = ("2024Q1", "2024Q2", "2024Q3")
SOURCES = ("visits", "满意度", "collection rate")
STARTS = ("", "2019-05-02", "2023-11-30", "2024-01-01", "2024-02-29", "2024-06-30", "2024-12-01")
REPS = ("王芳", "Li Wei", "=rep", "O'Hare", "张三", "b")

VALUES = st.sampled_from(
    ["0", "0.5", "0.7999", "0.8", "0.83", "1", "1.2", "3", "7.5", "100", "260.125"]
)


@st.composite
def bands(draw: st.DrawFn, mode: str, better: str) -> str:
    """Draw bands in order, in the direction of what is better; lines may jump."""
    starts = sorted(
        draw(st.sets(st.sampled_from([-100, 0, 50, 80, 83, 100, 120, 300]), min_size=1))
    )
    if mode == "linear" and draw(st.booleans()):
        starts = sorted([*starts, draw(st.sampled_from(starts))])
    points = sorted(draw(st.lists(st.integers(0, 120), min_size=len(starts),
                                  max_size=len(starts))))  # fmt: skip
    if better == "lower":
        points.reverse()
    opens = ["above" if mode == "band" and draw(st.booleans()) else "from" for _ in starts]
    rows = ", ".join(
        f"{{ {begins} = {start / 100}, points = {value} }}"
        for begins, start, value in zip(opens, starts, points, strict=True)
    )
    return f"[{rows}]"


@st.composite
def measures(draw: st.DrawFn, name: str, weight: int, match: str) -> str:
    """Draw one ``[[metric]]`` whose weight is in twentieths."""
    kind = draw(st.sampled_from(["ratio", "growth", "level"]))
    mode = draw(st.sampled_from(["band", "linear"]))
    better = draw(st.sampled_from(["higher", "lower"]))
    known = ["amount", *SOURCES] if kind == "ratio" else ["amount", "attainment", *SOURCES]
    source = draw(st.sampled_from(known))
    lines = [
        "[[metric]]",
        f'name = "{name}"',
        f"weight = {weight / 20}",
        f'kind = "{kind}"',
        f'source = "{source}"',
        f'mode = "{mode}"',
        f'better = "{better}"',
        f"bands = {draw(bands(mode, better))}",
        f"carry = {draw(st.sampled_from(['true', 'false']))}",
    ]
    if kind == "ratio" and (source != "amount" or draw(st.booleans())):
        lines.append(
            f"of = {draw(st.sampled_from(['260', '0.5', '3', chr(34) + 'visits' + chr(34)]))}"
        )
    if draw(st.booleans()):
        lines.append(f'missing = "{draw(st.sampled_from(["neutral", "reweight"]))}"')
    if match:
        lines.append(f"match = {match}")
    return "\n".join(lines) + "\n"


@st.composite
def cards(draw: st.DrawFn, match: str) -> str:
    """Draw the measures of one card: one to four, whose weights add up to 1."""
    cuts = sorted(draw(st.sets(st.integers(1, 19), max_size=3)))
    weights = [high - low for low, high in zip([0, *cuts], [*cuts, 20], strict=True)]
    return "".join(
        draw(measures(f"m{place}", weight, match)) for place, weight in enumerate(weights)
    )


MATCHES = (
    ("",),
    ('{ role = "senior" }', '{ role = "newcomer" }'),
    ('{ role = "senior" }',),
    ("{ months = { to = 3 } }", "{ months = { from = 3, to = 6 } }", "{ months = { from = 6 } }"),
    ('{ x_market = ["a", "b"], role = "newcomer" }', '{ role = "senior", months = { from = 1 } }'),
)


@st.composite
def score_worlds(draw: st.DrawFn) -> ScoreWorld:
    """Draw a world in which values may be missing, and targets 0."""
    periods = list(PERIODS[: draw(st.integers(1, 3))])
    text = f'missing = "{draw(st.sampled_from(["neutral", "reweight"]))}"\n'
    if draw(st.booleans()):
        text += 'grades = [{ from = 0, name = "C" }, { from = 60, name = "B" }, '
        text += '{ from = 80.5, name = "A" }]\n'
    text += "".join(draw(cards(match)) for match in draw(st.sampled_from(MATCHES)))
    people = [
        {
            "rep": rep,
            "region": (region := draw(st.sampled_from(["East", "南"]))),
            "team": draw(st.sampled_from(["", f"{region} one"])),
            "role": draw(st.sampled_from(["senior", "newcomer"])),
            "start": draw(st.sampled_from(STARTS)),
            "open": "",
            "x_market": draw(st.sampled_from(["a", "b", "c"])),
        }
        for rep in REPS[: draw(st.integers(1, 6))]
    ]
    world = ScoreWorld(text, periods, people, {})
    for period in periods:
        for person in people:
            place = period, person["rep"]
            if draw(st.integers(0, 7)):
                target = draw(st.sampled_from(["0", "3", "100", "120.5"]))
                world.sales[place] = {"target": target, "amount": draw(VALUES)}
            for source in (*SOURCES, *(f"{one}_before" for one in SOURCES)):
                if draw(st.integers(0, 2)):
                    world.metrics.setdefault(place, {})[source] = draw(VALUES)
    return world
