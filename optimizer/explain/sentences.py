"""Waterfalls in words: a sentence that can be read aloud to the person it is about."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.explain.cells import SHIFT
from optimizer.explain.waterfalls import ROUNDING

_MOST_DECIMALS = 3

_FIRST = ("equal share", "shares")
_OWN_LIMITS = ("capacity", "min", "effort", "year", "growth")

_ABOUT_A_REP = {
    "ability": ("ability above {region}'s average adds {amount}",
                "ability below {region}'s average takes {amount} off"),
    "resource": ("a resource factor above {region}'s average adds {amount}",
                 "a resource factor below {region}'s average takes {amount} off"),
    "ramp": ("colleagues in ramp-up or on part time leave you {amount} more",
             "your own ramp-up or part time takes {amount} off"),
    "lock": ("a lock on {locked} adds {amount}", "a lock on {locked} takes {amount} off"),
    "capacity": ("your usable capacity{capacity} holds it there ({signed})",) * 2,
    "min": ("your minimum{min} holds it there ({signed})",) * 2,
    "effort": ("your usable capacity{effort} holds it there, by the effort of what you sell "
               "({signed})",) * 2,
    "year": ("your limit for all periods together holds it there ({signed})",) * 2,
    "growth": ("your limit on growth{growth} holds it there ({signed})",) * 2,
}  # fmt: skip

_AMONG_COLLEAGUES = {
    SHIFT: ("what {region}'s other people do not carry adds {amount}",
            "what {region}'s other people must carry takes {amount} off"),
}  # fmt: skip

_ABOUT_A_CELL = {
    "history mix": ("history adds {amount}", "history takes {amount} off"),
    "lock": ("a lock adds {amount}", "a lock takes {amount} off"),
    "capacity": ("the people's capacity takes {amount} off",) * 2,
    "min": ("the people's minimums add {amount}",) * 2,
    "effort": ("the effort of what its people sell adds {amount}",
               "the effort of what its people sell takes {amount} off"),
    "year": ("the people's limits for all periods together add {amount}",
             "the people's limits for all periods together take {amount} off"),
    "growth": ("the people's limits on growth add {amount}",
               "the people's limits on growth take {amount} off"),
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

REP_STEPS = frozenset({"equal share", *_ABOUT_A_REP, *_ABOUT_BOTH})
CELL_STEPS = frozenset({"shares", *_ABOUT_A_CELL, *_ABOUT_BOTH})
"""Steps that there are words for."""


def rep_sentence(
    rep: str,
    region: str,
    period: str,
    steps: Mapping[str, float],
    *,
    decimals: int,
    colleagues: int,
    ask: float,
    inside: bool,
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
    inside : bool
        Whether the region gets just that, so that its people settle among themselves who
        carries what.
    limits : mapping of kind to float
        Usable ``capacity``, ``min``, ``effort`` and ``growth`` of the rep, where there are any.
    own_lock : str or None
        Who wanted the lock that names the rep, and why; None where none does.
    """
    even = _told(steps["equal share"], decimals)
    if colleagues == 1:
        start = f"{region} is asked for {even}, and you are its only rep"
    else:
        whole = _told(ask, decimals)
        start = f"An even share of {region}'s {whole} among {colleagues} reps is {even}"
    places = {
        "region": region,
        "locked": "region targets" if own_lock is None else f"your target{own_lock}",
        **{
            name: f" of {_told(limits[name], decimals)}" if name in limits else ""
            for name in _OWN_LIMITS
        },
    }
    told = {step: steps[step] for step in sorted(steps, key=_spoken)}
    phrases = _ABOUT_A_REP | _ABOUT_BOTH | (_AMONG_COLLEAGUES if inside else {})
    return _sentence(f"{rep} ({region}, {period})", start, told, phrases, places, decimals)


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
    start = f"The shares of the goal give {_told(steps['shares'], decimals)}"
    who = f"{region}, {product} ({period})"
    return _sentence(who, start, steps, _ABOUT_A_CELL | _ABOUT_BOTH, {"region": region}, decimals)


def _sentence(
    who: str,
    start: str,
    steps: Mapping[str, float],
    phrases: Mapping[str, tuple[str, str]],
    places: Mapping[str, str],
    decimals: int,
) -> str:
    """Return the target and all its steps in words; `start` tells of the first one."""
    said = [start]
    for step, value in steps.items():
        if step not in _FIRST and value != 0:
            said.append(_fill(phrases[step][value < 0], value, decimals, places))
    total = _told(sum(steps.values()), decimals)
    return f"{who}: target {total}. {'; '.join(said)}."


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
