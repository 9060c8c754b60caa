"""Every key of ``scorecard.toml``, declared once: its kind, bounds and meaning."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.domain.keys import Form, Key, free, number, text
from optimizer.scorecards.card import BETTER, KINDS, MISSING, MODES

KEYS: tuple[Key, ...] = (
    text("missing", "What holds where a value is missing.", *MISSING),
    number("grades[].from", "Least total of the grade.", None),
    text("grades[].name", "Name of the grade."),
    text("metric[].name", "Name of the measure, as scores show it."),
    number("metric[].weight", "Share of the total; those of a card add up to 1."),
    text("metric[].kind", "What the value is.", *KINDS),
    text("metric[].source", "The figure: a measure of the plan, a metric, or attainment."),
    Key("metric[].products", Form.TEXTS, "Products of the figure; left out: all."),
    free("metric[].of", "Of a ratio: a number, a metric, or floor, target, stretch."),
    text("metric[].better", "Which values are better.", *BETTER),
    text("metric[].mode", "Steps, or straight lines between knots.", *MODES),
    number("metric[].bands[].from", "Value that the band begins at.", None),
    number("metric[].bands[].above", "Value that the band begins just above.", None),
    number("metric[].bands[].to", "Where the next band begins; only checked.", None),
    number("metric[].bands[].points", "Points of the band."),
    free("metric[].match", "Whom it is for: columns of people, and months since start."),
    text("metric[].missing", "What holds where a value is missing.", *MISSING),
    number("metric[].neutral", "Points where a value is missing and missing is neutral."),
    free("metric[].carry", "Whether the last known value holds where there is no new one."),
)
"""All keys, in the order of the documentation."""

REQUIRED: Mapping[str, Mapping[str, str]] = {
    "grades[]": {
        "from": "Write the least total of the grade, such as from = 90.",
        "name": 'Name the grade, such as name = "A".',
    },
    "metric[]": {
        "name": 'Name the measure, such as name = "sales".',
        "weight": "Write its share of the total, such as weight = 0.4.",
        "kind": 'Write kind = "ratio" (figure / what is due), "growth" (over the period before) '
        'or "level" (the figure itself).',
        "source": "Name the figure: a measure of the plan such as amount, a metric such as "
        "collection_rate, or attainment.",
        "mode": 'Write mode = "band" (steps) or "linear" (straight lines between knots).',
        "bands": "Write bands = [{ from = 0.0, points = 0 }, …].",
    },
    "metric[].bands[]": {"points": "Write the points of the band, such as points = 80."},
}
"""Path of a table → keys that it must have, and what to do where one is missing."""
