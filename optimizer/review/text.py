"""A review as text for a terminal: the company, its regions and teams, or one of the people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.errors import InputError
from optimizer.results.text_table import render_table
from optimizer.review.attainment import ALL, last_period, ratio, rows_of
from optimizer.review.effects import EFFECTS
from optimizer.review.flags import percent, signed
from optimizer.review.groups import depth_of
from optimizer.review.review import Review
from optimizer.review.text_findings import render_findings

MOST = 24
_ENDS = 5
_HEAD = 2
_LEAST_DECIMALS = 2


def render_review(review: Review) -> str:
    """Return the view of the company: results, where they come from, targets, and findings."""
    settings = review.book.scenario.settings
    title = settings.name + (f" ({settings.unit})" if settings.unit else "")
    parts = [f"{title}\n{_company(review)}", *_differences(review)]
    parts += [group_table(review, dimension) for dimension in _dimensions(review)]
    parts += [_ends(review, "rep"), _sum_of_effects(review), *render_findings(review)]
    parts.append("\n".join(f"note: {note}" for note in review.notes))
    return "\n\n".join(part for part in parts if part)


def render_group(review: Review, dimension: str, name: str) -> str:
    """Return the view of a region, a team or one of the people.

    Raises
    ------
    InputError
        Where there is none of that name.
    """
    rows = review.attainment[review.attainment["dimension"] == dimension]
    known = list(dict.fromkeys(map(str, rows["name"])))
    if name not in known:
        remedy = meant(name, known) if known else f"The run has no {dimension}s to name."
        raise InputError(f"--{dimension} {name}: the review has none. {remedy}")
    own = rows[(rows["name"] == name) & (rows["product"] == ALL)]
    parts = [f"{dimension} {name}\n{_by_period(review, own)}"]
    if text := _effects_by_period(review, dimension, name):
        parts += [text, _sum_of_effects(review)]
    members = _members(review, dimension, name)
    parts.append(_products(review, members))
    flags = review.flags[review.flags["name"].isin(members)]
    if dimension != review.book.seats.level:
        parts.append(_ends(review, "rep", members))
        flags = flags[flags["period"] == review.book.periods[-1]]
    parts += [render_flags(flags)] if len(flags) else []
    return "\n\n".join(part for part in parts if part)


def render_flags(flags: pd.DataFrame) -> str:
    """Return flags as a table, the first of many."""
    rows = [[str(cell) for cell in row] for row in flags.head(MOST).to_numpy().tolist()]
    more = f"\n… {len(flags) - MOST} more in flags.csv" if len(flags) > MOST else ""
    return render_table(["period", "name", "flag", ""], rows, 0) + more


def shown(review: Review, count: float) -> str:
    """Return a count as an amount with thousands separated; blank where unknown."""
    if count != count:
        return ""
    unit = review.book.unit
    return f"{count / 10.0**unit.decimals:,.{unit.decimals}f}"


def _company(review: Review) -> str:
    rows = review.attainment[review.attainment["dimension"] == "company"]
    return _by_period(review, rows)


def _by_period(review: Review, rows: pd.DataFrame) -> str:
    header = ["period", "target", "sold", "attainment", "of floor", "of stretch",
              "of people's targets", "on last period", "on last year"]  # fmt: skip
    cells = [
        [
            "all" if row["period"] == ALL else row["period"],
            shown(review, row["target"]),
            shown(review, row["actual"]),
            percent(row["attainment"]),
            percent(row["floor_attainment"]),
            percent(row["stretch_attainment"]),
            percent(row["street_attainment"]) if row["street"] != row["target"] else "",
            signed(row["change"]),
            signed(row["change_year"]),
        ]
        for row in rows.to_dict("records")
    ]
    return _without_blank(header, cells, 1)


def _without_blank(header: list[str], cells: list[list[str]], labels: int) -> str:
    """Return a table without the columns that are blank in every row."""
    kept = [at for at in range(len(header)) if at < labels or any(row[at] for row in cells)]
    rows = [[row[at] for at in kept] for row in cells]
    return render_table([header[at] for at in kept], rows, len(kept) - labels)


def _differences(review: Review) -> Iterator[str]:
    """Yield how the difference to the goal came about, where goal and people's targets differ."""
    rows = review.effects[review.effects["dimension"] == "company"]
    rows = rows[rows["period"] == last_period(review.book)]
    for row in rows.to_dict("records"):
        if not row["assignment"]:
            continue
        side = "above" if row["assignment"] > 0 else "below"
        common = row["common"] + row["product"] + row["region"] + row["own"]
        more = "more" if common >= 0 else "less"
        yield (
            f"People's targets are {_effect(review, abs(row['assignment']))} {side} the goal; "
            f"{_effect(review, abs(common))} {more} than these targets was sold."
        )


def _effect(review: Review, count: int) -> str:
    """Return an effect as an amount; blank where there is none."""
    unit = review.book.unit
    decimals = max(unit.decimals, _LEAST_DECIMALS)
    value = round(count / 10.0**unit.finer.decimals, decimals) + 0.0
    return f"{value:,.{decimals}f}" if count else ""


_EFFECTS = {
    "assignment": "people's targets less the goal",
    "common": "as the company attained",
    "region": "against other regions on the same products",
    "product": "products that sold better or worse than others",
    "own": "against the region on the same products",
}


def _sum_of_effects(review: Review) -> str:
    """Return what the difference is the sum of, in words."""
    table = review.effects
    told = [f"{name} ({_EFFECTS[name]})" for name in EFFECTS if table[name].any()]
    return f"Difference = {' + '.join(told)}." if told else ""


def _dimensions(review: Review) -> list[str]:
    table = review.attainment
    found = dict.fromkeys(map(str, table["dimension"]))
    return [name for name in found if name not in ("company", "rep")]


def group_table(review: Review, dimension: str) -> str:
    """Return the groups of one dimension: attainment, changes, and effects."""
    if dimension != "region":
        return _ends(review, dimension)
    rows = rows_of(review.attainment, dimension, last_period(review.book))
    parents = review.book.parents
    depth = {str(name): depth_of(str(name), parents) for name in rows["name"]}
    deepest = max(depth.values(), default=0)
    while deepest and sum(level <= deepest for level in depth.values()) > MOST:
        deepest -= 1
    chosen = rows[[depth[str(name)] <= deepest for name in rows["name"]]].head(MOST)
    labels = ["  " * depth[str(name)] + str(name) for name in chosen["name"]]
    left = len(rows) - len(chosen)
    more = f"\n… {left} more in attainment.csv" if left else ""
    return _attained(review, chosen, dimension, labels) + more if len(chosen) else ""


def _attained(review: Review, rows: pd.DataFrame, heading: str, labels: list[str]) -> str:
    effects = _effects(review, str(rows["dimension"].iloc[0]))
    header = [heading, "target", "sold", "attainment", "on last period", "on last year",
              "difference", *EFFECTS]  # fmt: skip
    cells = []
    for label, row in zip(labels, rows.to_dict("records"), strict=True):
        has_effects = row["product"] == ALL or row["dimension"] == "product"
        own = effects.get((row["period"], row["name"]), []) if has_effects else []
        told = [_effect(review, int(count)) for count in own]
        cells.append(
            [
                label,
                shown(review, row["target"]),
                shown(review, row["actual"]),
                percent(row["attainment"]),
                signed(row["change"]),
                signed(row["change_year"]),
                shown(review, row["difference"]),
                *(told or [""] * len(EFFECTS)),
            ]
        )
    return _without_blank(header, cells, 1)


def _effects(review: Review, dimension: str) -> dict[tuple[str, str], list[int]]:
    """Return period and name → the effects of one dimension, in hundredths of the unit."""
    rows = review.effects[review.effects["dimension"] == dimension]
    places = zip(rows["period"], rows["name"], strict=True)
    return dict(zip(places, rows[list(EFFECTS)].to_numpy().tolist(), strict=True))


def _effects_by_period(review: Review, dimension: str, name: str) -> str:
    table = review.effects
    rows = table[(table["dimension"] == dimension) & (table["name"] == name)]
    cells = [
        [
            "all" if row["period"] == ALL else row["period"],
            shown(review, row["difference"]),
            *(_effect(review, int(row[effect])) for effect in EFFECTS),
        ]
        for row in rows.to_dict("records")
    ]
    return _without_blank(["period", "difference", *EFFECTS], cells, 1)


def _members(review: Review, dimension: str, name: str) -> set[str]:
    """Return the seats of a region (all below it), a team, or one seat."""
    seats = review.book.seats
    labels = getattr(seats, dimension) if dimension != review.book.seats.level else seats.names
    wanted = {name}
    if dimension == "region":
        parents = review.book.parents
        wanted |= {region for region in parents if _lies_in(region, name, parents)}
    return {str(seat) for seat, label in zip(seats.names, labels, strict=True) if label in wanted}


def _lies_in(region: str, name: str, parents: dict[str, str]) -> bool:
    while region and region != name:
        region = parents.get(region, "")
    return region == name


def _products(review: Review, members: set[str]) -> str:
    """Return what some seats were to sell and sold of each product, all periods together."""
    book = review.book
    if len(book.products) == 1:
        return ""
    chosen = np.isin(book.seats.names.astype(str), sorted(members))
    target, actual = (values[:, chosen].sum(axis=(0, 1)) for values in (book.target, book.actual))
    cells = [
        [name, shown(review, was), shown(review, sold), percent(part), shown(review, sold - was)]
        for name, was, sold, part in zip(
            book.products, target, actual, ratio(actual, target), strict=True
        )
    ]
    return render_table(["product", "target", "sold", "attainment", "difference"], cells, 4)


def _ends(review: Review, dimension: str, members: set[str] | None = None) -> str:
    """Return the groups of a dimension: all of few, the best and the last of many."""
    rows = rows_of(review.attainment, dimension, last_period(review.book))
    if members is not None:
        rows = rows[rows["name"].isin(members)]
    if not len(rows):
        return ""
    rows = rows.sort_values(["attainment", "name"], ascending=[False, True])
    if len(rows) <= 2 * _ENDS + 2:
        return _attained(review, rows, dimension, list(rows["name"]))
    known = rows[rows["attainment"].notna()]
    best, last = known.head(_ENDS), known.tail(_ENDS)
    text = _attained(review, pd.concat([best, last]), dimension, [*best["name"], *last["name"]])
    lines = text.split("\n")
    lines.insert(_HEAD + _ENDS, "…")
    return "\n".join([*lines, f"{len(rows)} in attainment.csv"])
