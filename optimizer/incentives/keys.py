"""Every key of ``incentive.toml``, declared once: its kind, bounds and meaning."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.domain.keys import Form, Key, free, number, positive, text
from optimizer.incentives.plan import (
    BASES,
    BONUS_MODES,
    CAPS,
    MISSING,
    MODES,
    OF,
    POOL_OF,
    SPLITS,
    TOTALS,
    WITHIN,
)

KEYS: tuple[Key, ...] = (
    text("plan[].name", "Name of the plan, as payouts show it."),
    free("plan[].match", "Whom it pays: columns of people and their values; left out: everyone."),
    text("plan[].of", "Whose attainment it pays on.", *OF),
    text("plan[].basis", "Each period by itself, or the year to date.", *BASES),
    text("plan[].paid", "When it is paid, in words; shown beside the pay."),
    text("plan[].commission[].mode", "What a tier's rate is paid on.", *MODES),
    Key("plan[].commission[].products", Form.TEXTS, "Products of the block; left out: all."),
    text("plan[].commission[].measure", "Column of the actuals that is paid."),
    positive("plan[].commission[].per_unit", "Pay units in one unit of the measure."),
    free("plan[].commission[].tiers[].from", "Attainment, or floor, target, stretch."),
    free("plan[].commission[].tiers[].to", "Where the next tier begins; only checked."),
    number("plan[].commission[].tiers[].rate", "Pay per unit sold."),
    free("plan[].bonus.target_incentive", "Amount per period, or an x_ column of people."),
    text("plan[].bonus.mode", "Steps, or straight lines between knots.", *BONUS_MODES),
    number("plan[].bonus.bands[].from", "Attainment that the band begins at."),
    number("plan[].bonus.bands[].to", "Where the next band begins; only checked."),
    number("plan[].bonus.bands[].multiplier", "Times the target incentive."),
    Key("plan[].bonus.rank.top", Form.NUMBER, "Share of the group that wins.", 0.0, 1.0, True),
    text("plan[].bonus.rank.within", "The group.", *WITHIN),
    number("plan[].bonus.rank.multiplier", "Least multiplier of a winner."),
    number("plan[].bonus.rank.from", "Least attainment of a winner."),
    Key("plan[].bonus.rank.min_group", Form.WHOLE, "Least size of a group with winners.", 1.0),
    positive("plan[].bonus.progress.gain", "Points of attainment gained; 0.15 means 15 points."),
    number("plan[].bonus.progress.from", "Least attainment for it."),
    number("plan[].bonus.progress.multiplier", "Least multiplier for a gain."),
    text("plan[].gate[].metric", "Measure that the gate looks at."),
    number("plan[].gate[].below", "The gate acts below this value.", None),
    free("plan[].gate[].factor", "What is left of commission and bonus, or proportional."),
    text("plan[].gate[].missing", "What a missing value does.", *MISSING),
    text("plan[].cap.of", "What the cap is a multiple of.", *CAPS),
    number("plan[].cap.times", "How many times."),
    number("plan[].cap.amount", "The most per period, in pay units."),
    number("plan[].guarantee.amount", "Least pay per period, in pay units."),
    Key("plan[].guarantee.periods", Form.WHOLE, "For how many periods.", 1.0),
    text("pool[].name", "Name of the pool."),
    free("pool[].match", "Who shares it; left out: everyone of the group."),
    text("pool[].of", "The group that fills it.", *POOL_OF),
    text("pool[].measured_against", "The group's goal, or its people's targets.", *TOTALS),
    number("pool[].over", "Attainment that the excess is counted from."),
    number("pool[].trigger", "Least attainment of the group."),
    number("pool[].rate", "Pay per unit of the excess."),
    text("pool[].split", "How it is shared.", *SPLITS),
    text("pool[].paid", "When it is paid, in words."),
    text("award[].name", "Name of the award."),
    free("award[].match", "Who may receive it; left out: everyone."),
    text("award[].metric", "Measure that it looks at, such as attainment."),
    number("award[].at_least", "Value to reach.", None),
    Key("award[].periods", Form.WHOLE, "In how many periods.", 1.0),
    free("award[].consecutive", "Whether the periods must follow each other."),
    text("award[].text", "What is awarded, in words."),
    number("award[].amount", "What is paid, in pay units."),
    text("award[].paid", "When it is paid, in words."),
)
"""All keys, in the order of the documentation."""

REQUIRED: Mapping[str, Mapping[str, str]] = {
    "plan[]": {"name": 'Name the plan, such as name = "senior".'},
    "plan[].commission[]": {
        "mode": 'Write mode = "marginal" (each slice at its own tier\'s rate) or '
        '"retroactive" (the whole amount at the rate of the tier reached); at the same sales '
        "the two may differ tenfold.",
        "tiers": "Write tiers = [{ from = 0.0, rate = 0.01 }, …].",
    },
    "plan[].commission[].tiers[]": {
        "from": 'Write the attainment it begins at, such as from = 1.0, or from = "target".',
        "rate": "Write the pay per unit sold, such as rate = 0.015.",
    },
    "plan[].bonus": {
        "target_incentive": "Write the bonus at multiplier 1 per period, in pay units, or an x_ "
        "column of people.",
        "mode": 'Write mode = "band" (steps) or "linear" (straight lines between knots).',
        "bands": "Write bands = [{ from = 0.0, multiplier = 0.0 }, …].",
    },
    "plan[].bonus.bands[]": {
        "from": "Write the attainment it begins at, such as from = 1.0.",
        "multiplier": "Write what the target incentive is multiplied by.",
    },
    "plan[].bonus.rank": {
        "top": "Write the share of the group that wins, such as top = 0.05.",
        "multiplier": "Write the least multiplier of a winner.",
    },
    "plan[].bonus.progress": {
        "gain": "Write the points of attainment to gain, such as gain = 0.15.",
        "multiplier": "Write the least multiplier for that gain.",
    },
    "plan[].gate[]": {
        "metric": 'Name the measure, such as metric = "collection_rate".',
        "below": "Write the value below which it acts, such as below = 0.9.",
        "factor": "Write what is left then, such as factor = 0.8.",
    },
    "plan[].guarantee": {
        "amount": "Write the least pay per period, in pay units.",
        "periods": "Write for how many periods, such as periods = 2.",
    },
    "pool[]": {
        "name": "Name the pool.",
        "rate": "Write the pay per unit of the excess, such as rate = 0.05.",
    },
    "award[]": {
        "name": "Name the award.",
        "metric": 'Name the measure, such as metric = "attainment".',
        "at_least": "Write the value to reach, such as at_least = 1.0.",
    },
}
"""Path of a table → keys that it must have, and what to do where one is missing."""
