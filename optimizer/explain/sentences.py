"""Waterfalls in words: a sentence that can be read aloud to the person it is about."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.explain.cells import SHIFT
from optimizer.explain.waterfalls import ROUNDING

_MOST_DECIMALS = 3

_OWN_LIMITS = ("capacity", "min")

_ABOUT_A_REP = {
    "ability": ("ability above {region}'s average adds {amount}",
                "ability below {region}'s average takes {amount} off"),
    "resource": ("a resource factor above {region}'s average adds {amount}",
                 "a resource factor below {region}'s average takes {amount} off"),
    "ramp": ("colleagues in ramp-up or on part time leave you {amount} more",
             "your own ramp-up or part time takes {amount} off"),
    "lock": ("a lock on {locked} adds {amount}", "a lock on {locked} takes {amount} off"),
    "capacity": ("your usable capacity{limit} holds it there ({signed})",) * 2,
    "min": ("your minimum{limit} holds it there ({signed})",) * 2,
}  # fmt: skip

_ABOUT_A_CELL = {
    "history mix": ("history adds {amount}", "history takes {amount} off"),
    "lock": ("a lock adds {amount}", "a lock takes {amount} off"),
    "capacity": ("the people's capacity takes {amount} off",) * 2,
    "min": ("the people's minimums add {amount}",) * 2,
    "coverage": ("nobody works there, which takes {amount} off",) * 2,
}  # fmt: skip

_ABOUT_BOTH = {
    "over-assignment": ("over-assignment adds {amount}",) * 2,
    "potential": ("what the market can give takes {amount} off",) * 2,
    "period_share": ("the limits on period shares add {amount}",
                     "the limits on period shares take {amount} off"),
    "region_share": ("the limits on region shares add {amount}",
                     "the limits on region shares take {amount} off"),
    "product_share": ("the limits on product shares add {amount}",
                      "the limits on product shares take {amount} off"),
    "share": ("the limits of the table shares add {amount}",
              "the limits of the table shares take {amount} off"),
    "eligibility": ("the product lists of {region}'s people add {amount}",
                    "the product lists of {region}'s people take {amount} off"),
    SHIFT: ("what others do not carry adds {amount}",
            "the balance of the whole plan takes {amount} off"),
    ROUNDING: ("rounding {signed}",) * 2,
}  # fmt: skip


def rep_sentence(
    rep: str,
    region: str,
    period: str,
    steps: Mapping[str, float],
    *,
    decimals: int,
    colleagues: int,
    ask: float,
    limits: Mapping[str, float],
    own_lock: str | None,
) -> str:
    """Return why a rep has this target in a period, in one breath.

    Parameters
    ----------
    steps : mapping of step to amount
        The waterfall, in its order.
    decimals : int
        Decimals of a target.
    colleagues : int
        Reps of the region, this one included.
    ask : float
        Reference ask of the region in the period, of which the first step is an even share.
    limits : mapping of kind to float
        Usable ``capacity`` and ``min`` of the rep in the period, where there are any.
    own_lock : str or None
        Who wanted the lock that names the rep, and why; None where none does.
    """
    even = _told(steps["equal share"], decimals)
    if colleagues == 1:
        start = f"{region} is asked for {even}, and you are its only rep"
    else:
        whole = _told(ask, decimals)
        start = f"An even share of {region}'s {whole} among {colleagues} reps is {even}"
    locked = "region targets" if own_lock is None else f"your target{own_lock}"
    places = {"region": region, "locked": locked}
    said = [start]
    for step in sorted(steps, key=_spoken):
        value = steps[step]
        if step != "equal share" and value != 0:
            limit = limits.get(step)
            named = "" if limit is None else f" of {_told(limit, decimals)}"
            phrase = (_ABOUT_A_REP | _ABOUT_BOTH)[step][value < 0]
            said.append(_fill(phrase, value, decimals, places | {"limit": named}))
    total = _told(sum(steps.values()), decimals)
    return f"{rep} ({region}, {period}): target {total}. {'; '.join(said)}."


def cell_sentence(
    period: str, region: str, product: str, steps: Mapping[str, float], *, decimals: int
) -> str:
    """Return why a region has this target for a product in a period.

    Parameters
    ----------
    steps : mapping of step to amount
        The waterfall, in its order.
    decimals : int
        Decimals of a target.
    """
    said = [f"The shares of the goal give {_told(steps['shares'], decimals)}"]
    for step, value in steps.items():
        if step != "shares" and value != 0:
            phrase = (_ABOUT_A_CELL | _ABOUT_BOTH)[step][value < 0]
            said.append(_fill(phrase, value, decimals, {"region": region}))
    total = _told(sum(steps.values()), decimals)
    return f"{region}, {product} ({period}): target {total}. {'; '.join(said)}."


def _spoken(step: str) -> int:
    """Rank steps as they are told: a limit that holds comes after all that it holds against."""
    return 2 if step == ROUNDING else int(step in _OWN_LIMITS)


def _fill(phrase: str, value: float, decimals: int, places: Mapping[str, str]) -> str:
    amount = _told(abs(value), decimals)
    sign = "−" if value < 0 else "+"
    return phrase.format(amount=amount, signed=f"{sign}{amount}", **places)


def _told(value: float, decimals: int) -> str:
    """Return an amount with one decimal more than a target, more where that would be 0."""
    text = f"{value:,.{min(decimals + 1, _MOST_DECIMALS)}f}"
    if float(text.replace(",", "")) == 0:
        text = f"{value:,.{decimals + 2}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
