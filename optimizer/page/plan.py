"""What a page tells of the plan itself: tree, people, targets, reasons, limits, ways out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from optimizer.page.encode import encode, finite
from optimizer.page.run import PageRun, of_measure, read_json, read_table

SEATS_MOST = 20_000
"""People that a page lists; a run with more is told down to its teams."""

_LEVELS = ("floor", "target", "stretch")
_ROLLUP = ("ask", "target", "gap", "street", *_LEVELS[::2], "reference", "potential", "capacity")
_LIMITS = ("limit", "value", "slack", "shadow_price")
_ROLLUP_ORDER = ["region", "team", "product", "period"]
_PEOPLE = ("rep", "region", "team", "role", "name", "open", "start", "products")
_FIGURES = (
    "goal", "placed", "gap", "street", "over_assignment_short", "street_short", "stretch_gap",
    "objective", "bound", "status",
)  # fmt: skip
_MORE = 2
"""Decimals that steps and references have beside those of a target."""


def plan_blocks(run: PageRun, measure: str) -> dict[str, Any]:
    """Return what a page carries of one measure, block by block.

    Parameters
    ----------
    run : PageRun
    measure : str

    Returns
    -------
    dict
        ``plan`` with people and roll-ups; ``cells`` and ``steps`` of people; ``region_steps``;
        ``reasons`` with limits, gaps, advice, locks and who is off reference.

    Raises
    ------
    InputError
        Where a table is missing or cannot be read.
    """
    decimals = run.decimals(measure)
    people = _people(run, measure)
    is_listed = len(people) <= SEATS_MOST
    blocks: dict[str, Any] = {
        "plan": {
            "measure": measure,
            "unit": str(run.own(measure).get("unit", "")),
            "decimals": decimals,
            "figures": {} if run.region else _figures(run, measure),
            "fairness": {} if run.region else _fairness(run, measure),
            "seats": len(people),
            "listed": is_listed,
            "people": encode(people if is_listed else people.iloc[:0], {}),
            "rollup": _rollup(run, measure, decimals),
        },
        "region_steps": _region_steps(run, measure, decimals),
        "reasons": _reasons(run, measure, decimals, is_listed=is_listed),
    }
    if is_listed and len(people):
        blocks["cells"] = _cells(run, measure, decimals)
        blocks["steps"] = _steps(run, measure, decimals, people)
    return blocks


def _figures(run: PageRun, measure: str) -> dict[str, Any]:
    found: Mapping[str, Any] = run.record.get("measures", {}).get(measure, run.record)
    stretch = found.get("stretch")
    placed = stretch.get("placed") if isinstance(stretch, dict) else None
    return finite({**{name: found.get(name) for name in _FIGURES}, "stretch": placed})  # type: ignore[no-any-return]


def _fairness(run: PageRun, measure: str) -> dict[str, Any]:
    found = read_json(run, "", "fairness.json") or {}
    own = found.get(measure, found) if "measures" in run.record else found
    return finite(own)  # type: ignore[no-any-return]


def _people(run: PageRun, measure: str) -> pd.DataFrame:
    """Return who carries targets, by region and team."""
    stem = run.input_stem(measure, "people")
    table = read_table(run, stem, below="scenario", labels=("rep", "region"))
    if table is None:
        return pd.DataFrame(columns=list(_PEOPLE), dtype="str")
    own = of_measure(run, table, measure)
    extra = [str(name) for name in own if str(name).startswith("x_")]
    kept = {name: own[name].astype("str") if name in own else "" for name in (*_PEOPLE, *extra)}
    return pd.DataFrame(kept).sort_values(["region", "team", "rep"], kind="stable")


def _rollup(run: PageRun, measure: str, decimals: int) -> dict[str, Any]:
    table = read_table(run, "rollup", _ROLLUP, labels=_ROLLUP_ORDER, wanted=True)
    own = of_measure(run, _known(table), measure)
    order = own[_ROLLUP_ORDER].astype("str").sort_values(_ROLLUP_ORDER, kind="stable").index
    own = own.loc[order, [*_ROLLUP_ORDER, *_ROLLUP]]
    return encode(own, dict.fromkeys(_ROLLUP, decimals) | {"reference": decimals + _MORE})


def _cells(run: PageRun, measure: str, decimals: int) -> dict[str, Any]:
    order = ["rep", "period", "product"]
    numbers = ("reference", *_LEVELS)
    table = read_table(run, "targets", numbers, labels=order, wanted=True)
    own = of_measure(run, _known(table), measure)
    own = own.loc[own[order].astype("str").sort_values(order, kind="stable").index]
    own = own[[*order, "reference", *_LEVELS]]
    return encode(own, dict.fromkeys(_LEVELS, decimals) | {"reference": decimals + _MORE})


def _steps(
    run: PageRun, measure: str, decimals: int, people: pd.DataFrame
) -> dict[str, Any] | None:
    table = read_table(run, "explain", ("amount",), labels=("rep", "period", "step"))
    if table is None:
        return None
    own = of_measure(run, table, measure)
    own = own[own["rep"].astype("str").isin(people["rep"])]
    return encode(own[["rep", "period", "step", "amount"]], {"amount": decimals + _MORE})


def _region_steps(run: PageRun, measure: str, decimals: int) -> dict[str, Any] | None:
    table = read_table(run, "explain_regions", ("amount",), labels=("region", "period", "step"))
    if table is None:
        return None
    own = of_measure(run, table, measure)
    summed = own.groupby(["region", "period", "step"], observed=True, sort=False)["amount"].sum()
    return encode(summed.reset_index(), {"amount": decimals + _MORE})


def _reasons(run: PageRun, measure: str, decimals: int, *, is_listed: bool) -> dict[str, Any]:
    found = {
        "limits": _limits(run, measure, decimals, is_listed=is_listed),
        "gaps": _optional(run, measure, "gaps", {"gap": decimals}),
        "advice": _advice(run, measure),
        "locks": _optional(run, measure, "locks", {"amount": decimals, "price": 6}),
        "commits": _optional(
            run, measure, "commits", dict.fromkeys(("target", "commit", "difference"), decimals)
        ),
        "changes": _optional(run, measure, "changes", _moves(decimals)),
        "not_moved": _optional(
            run, measure, "not_moved", dict.fromkeys(("asked", "reached", "refused"), decimals)
        ),
    }
    if is_listed:
        exact = {"reference": decimals + _MORE, "target": decimals, "multiple": 6}
        found["off_reference"] = _optional(run, measure, "off_reference", exact)
    return {name: table for name, table in found.items() if table is not None}


def _moves(decimals: int) -> dict[str, int]:
    return dict.fromkeys(("before", "after", "change"), decimals) | {"share": 6, "pay_effect": 2}


def _limits(run: PageRun, measure: str, decimals: int, *, is_listed: bool) -> dict[str, Any] | None:
    """Return the limits of slices, and of people those that bind."""
    table = read_table(run, "limits", _LIMITS, labels=("rep", "binding"))
    if table is None:
        return None
    own = of_measure(run, table, measure)
    binds = own["binding"].astype("str") == "true"
    own = own[binds | (own["rep"].astype("str") == "*")] if is_listed else own[own["rep"] == "*"]
    return encode(own, dict.fromkeys(_LIMITS[:3], decimals) | {"shadow_price": 6})


def _advice(run: PageRun, measure: str) -> dict[str, Any] | None:
    """Return ways to close the gap; they are the whole company's."""
    if run.region:
        return None
    return _optional(run, measure, "advice", {"change": 4, "closes": 4})


def _optional(
    run: PageRun, measure: str, stem: str, decimals: Mapping[str, int]
) -> dict[str, Any] | None:
    table = read_table(run, stem, tuple(decimals))
    if table is None:
        return None
    return encode(of_measure(run, table, measure), decimals)


def _known(table: pd.DataFrame | None) -> pd.DataFrame:
    """Return a table that is there, because it was wanted."""
    assert table is not None
    return table
