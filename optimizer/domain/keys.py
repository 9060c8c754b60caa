"""Every key of ``scenario.toml``, declared once: its kind, bounds and meaning.

A path is dotted; ``*`` stands for any name, ``[]`` for each table of a list. The words of
a kind are those that messages use.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """What a key holds."""

    TEXT = "text"
    NUMBER = "a number"
    WHOLE = "a whole number"
    DATE = "a date"
    TEXTS = "a list of texts"
    NUMBERS = "a list of numbers"
    WHOLES = "a list of whole numbers"
    NUMBER_OR_NUMBERS = "a number or a list of numbers"
    FREE = "anything"


@dataclass(frozen=True)
class Key:
    """One key of ``scenario.toml``.

    Attributes
    ----------
    path : str
        Dotted path.
    form : Form
    meaning : str
        One short sentence.
    low, high : float or None
        Bounds of each number, included unless `open_low` or `open_high`.
    choices : tuple of str
        The only texts allowed; empty for any.
    """

    path: str
    form: Form
    meaning: str
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False
    choices: tuple[str, ...] = ()


def text(path: str, meaning: str, *choices: str) -> Key:
    """Declare a key that holds text."""
    return Key(path, Form.TEXT, meaning, choices=choices)


def number(path: str, meaning: str, low: float | None = 0.0, high: float | None = None) -> Key:
    """Declare a key that holds a number, not negative unless said otherwise."""
    return Key(path, Form.NUMBER, meaning, low, high)


def positive(path: str, meaning: str, high: float | None = None) -> Key:
    """Declare a key that holds a number above 0."""
    return Key(path, Form.NUMBER, meaning, 0.0, high, open_low=True)


def numbers(path: str, meaning: str, low: float | None = 0.0, high: float | None = None) -> Key:
    """Declare a key that holds a list of numbers."""
    return Key(path, Form.NUMBERS, meaning, low, high)


def kept_back(path: str, meaning: str) -> Key:
    """Declare a key that holds a share kept back: at least 0, below 1."""
    return Key(path, Form.NUMBER, meaning, 0.0, 1.0, open_high=True)


def free(path: str, meaning: str) -> Key:
    """Declare a key whose content is the planner's own."""
    return Key(path, Form.FREE, meaning)


def _goal(prefix: str) -> tuple[Key, ...]:
    """Declare the keys of one measure: its goal, levels, buffers and bands."""
    growth = "Growth over the base; 0.35 means 35 % more."
    return (
        text(f"{prefix}unit", "Unit of the amounts, for labels."),
        positive(f"{prefix}goal", "The number handed down, or its levels, or growth on a base."),
        number(f"{prefix}goal.floor", "Least acceptable."),
        positive(f"{prefix}goal.target", "The goal."),
        number(f"{prefix}goal.stretch", "The challenge."),
        Key(f"{prefix}goal.growth", Form.NUMBER, growth, -1.0, open_low=True),
        Key(f"{prefix}goal.base", Form.TEXTS, "Past periods that growth is counted from."),
        number(f"{prefix}levels.floor", "Floor as a ratio to a goal that is one number.", 0, 1),
        number(f"{prefix}levels.stretch", "Stretch as a ratio to a goal that is one number.", 1),
        number(f"{prefix}rounding", "Every target is a whole multiple of this; 0 for 10⁻⁶."),
        kept_back(f"{prefix}buffers.potential", "Share of potential kept back."),
        kept_back(f"{prefix}buffers.capacity", "Share of capacity kept back."),
        number(f"{prefix}buffers.over_assignment.region", "Over-assignment at region level."),
        number(f"{prefix}buffers.over_assignment.rep", "Over-assignment at rep level."),
        number(f"{prefix}tolerance.period", "Half-width of period bands, in points.", 0, 1),
        number(f"{prefix}tolerance.product", "Half-width of product bands, in points.", 0, 1),
        number(f"{prefix}tolerance.region", "Half-width of region bands, in points.", 0, 1),
        text(f"{prefix}tables.*", "Name of the file or sheet that holds the table."),
    )


def _attainment(prefix: str) -> tuple[Key, ...]:
    """Declare the keys of a distribution of attainment."""
    return (
        text(f"{prefix}.model", "Shape.", "lognormal", "gamma", "history"),
        positive(f"{prefix}.mean", "Mean attainment.", high=100),
        number(f"{prefix}.cv", "Standard deviation / mean.", high=10),
    )


KEYS: tuple[Key, ...] = (
    text("name", "Name of the scenario."),
    *_goal(""),
    Key("periods", Form.TEXTS, "Labels of the periods, in order."),
    Key("seed", Form.WHOLE, "Seed of everything random.", 0.0),
    Key("as_of", Form.DATE, "Day that expiry of locks is judged against."),
    text("extends", "Another scenario whose keys and tables this one builds on."),
    number("ability.top.share", "Share of reps in the top group.", 0, 1),
    number("ability.top.factor", "Ability of the top group."),
    number("ability.bottom.share", "Share of reps in the bottom group.", 0, 1),
    number("ability.bottom.factor", "Ability of the bottom group."),
    text("ability.from", "Make weights proportional to history.", "history"),
    numbers("ramp.factors", "Share of a full rep in month 1, 2, … after start.", 0, 2),
    Key("pacing.weeks", Form.WHOLES, "Weeks of each phase.", 0.0, 1e3),
    numbers("pacing.shares", "Share of each phase; they add up to 1.", 0, 1),
    Key("pacing.names", Form.TEXTS, "Name of each phase."),
    Key("pacing.red_below", Form.NUMBER_OR_NUMBERS, "Red below this ratio to the floor due.", 0, 1),
    Key("pacing.green_from", Form.NUMBER_OR_NUMBERS, "Green from this ratio to the target due.", 1),
    number("pacing.rounding", "Rounding of weekly targets.", high=1e15),
    text("pacing.curve", "Learn the curve from the weekly table.", "history"),
    text("pacing.learn_by", "Learn a curve for each of these.", "region", "role"),
    text("pacing.holidays", "Country whose working days weigh the weeks, such as CN."),
    free("pacing.by[].match", "Whom the phases are for: rep, region, team or role."),
    Key("pacing.by[].weeks", Form.WHOLES, "Weeks of each phase.", 0.0, 1e3),
    numbers("pacing.by[].shares", "Share of each phase; they add up to 1.", 0, 1),
    Key("pacing.by[].names", Form.TEXTS, "Name of each phase."),
    positive("pacing.spread.mean", "Mean attainment before anything is sold.", high=100),
    number("pacing.spread.company", "Spread of attainment that all share.", high=10),
    number("pacing.spread.region", "Spread of attainment that a region shares.", high=10),
    number("pacing.spread.seat", "Spread of attainment of a rep's own.", high=10),
    number("pacing.spread.common_week", "Scatter of a week that all share.", high=10),
    number("pacing.spread.own_week", "Scatter of a rep's week of its own.", high=10),
    number(
        "recalibration.cap", "Most that a target may move, as a share of the original.", high=1e3
    ),
    text("pay.unit", "Money of pay amounts."),
    positive("pay.per_unit", "Pay units in one unit of the plan.", high=1e15),
    Key("stress.trials", Form.WHOLE, "Number of trials.", 1.0, 1e8),
    number("stress.budget", "Budget of incentive cost.", high=1e15),
    number("stress.elasticity", "How sales follow targets.", None, 10),
    number("stress.metrics.*", "Level of a metric that gates and awards look at.", -1e15, 1e15),
    number("stress.measures.*", "What a unit sold brings of a measure without targets.", 0, 1e12),
    *_attainment("stress.attainment"),
    number("stress.correlation.company", "Variance all share.", 0, 1),
    number("stress.correlation.region", "Variance a region shares.", 0, 1),
    free("stress.by[].match", "Whom the attainment is for."),
    *_attainment("stress.by[].attainment"),
    text("stress.shock[].name", "Name of the shock."),
    free("stress.shock[].match", "Whom it hits."),
    number("stress.shock[].factor", "What is left of sales.", high=100),
    number("stress.shock[].probability", "How likely it is.", 0, 1),
    Key("review.top", Form.WHOLE, "How many people are at the top of a period.", 1.0),
    number("review.top_share", "Share of people who are in the top share of a period.", 0, 1),
    Key("review.target_periods", Form.WHOLE, "Periods at target, running, that are told.", 1.0),
    Key("review.top_periods", Form.WHOLE, "Periods at the top, running, that are told.", 1.0),
    Key(
        "review.floor_periods", Form.WHOLE, "Periods under the floor, running, that are told.", 1.0
    ),
    number("review.outlier_range", "Interquartile ranges above the third quartile (of logs)."),
    Key("review.outlier_orders", Form.WHOLE, "Orders of a product that it takes to judge.", 4.0),
    number("review.chance", "A target was set to fail below this chance of reaching it.", 0, 1),
    Key("review.colleagues", Form.WHOLE, "Others that it takes to judge a chance.", 1.0),
    text("contingency[].name", "Name to call it by."),
    text("contingency[].when", "When it applies, in words."),
    free("contingency[].move[].*", "A slice and what it moves to."),
    free("funnel[].match", "Whom the funnel is for."),
    Key("funnel[].steps", Form.TEXTS, "Steps, in order; the last one is the deal."),
    Key(
        "funnel[].conversion",
        Form.NUMBERS,
        "Share of each step that becomes the next.",
        low=0.0,
        high=1.0,
        open_low=True,
    ),
    positive("funnel[].deal_size", "Mean amount of a deal.", high=1e15),
    text("funnel[].measure", "Measure whose targets it is for; the main one's if left out."),
    positive(
        "advice.share", "Price per unit of goal moved between periods, products, regions.", high=1e9
    ),
    positive(
        "advice.potential_buffer", "Price per unit of potential released from the buffer.", high=1e9
    ),
    positive(
        "advice.capacity_buffer", "Price per unit of capacity released from the buffer.", high=1e9
    ),
    positive(
        "advice.capacity", "Price per unit of capacity added to people who are there.", high=1e9
    ),
    positive(
        "advice.product", "Price per unit that people sell of a product opened to them.", high=1e9
    ),
    positive("advice.rep", "Price per unit of capacity of one more rep.", high=1e9),
    positive("advice.lock", "Price per unit by which a locked amount moves.", high=1e9),
    positive(
        "advice.potential", "Price per unit of potential found beyond what is known.", high=1e9
    ),
    Key(
        "advice.never",
        Form.TEXTS,
        "Levers that advice must not use.",
        choices=(
            "share",
            "potential_buffer",
            "capacity_buffer",
            "capacity",
            "rep",
            "product",
            "lock",
            "potential",
        ),
    ),
    *_goal("measure.*."),
)
"""All keys, in the order of the documentation."""
