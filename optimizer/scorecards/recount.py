"""Scores counted again from the texts that are written, before anybody is judged by them.

Nothing here calls what made the table: numbers are decimals, taken from the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from optimizer.errors import DefectError

TOTAL = "score"
_SLACK = Decimal("1e-9")
"""Cells have twelve places, so sums of some dozens may be off by less than this."""

Cells = Mapping[str, str]


def recount(header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Check that lines add up to totals, ranges hold, and ranks follow from totals.

    Parameters
    ----------
    header : sequence of str
        Columns of the scores.
    rows : rows of texts
        As they are written: the lines of a rep and period, then the total.

    Returns
    -------
    int
        How many sums and ranks were compared.

    Raises
    ------
    DefectError
        Where they differ.
    """
    lines: list[Cells] = []
    totals: list[Cells] = []
    checks = 0
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        if cells["metric"] != TOTAL:
            lines.append(cells)
            continue
        checks += _totalled(cells, lines)
        totals.append(cells)
        lines = []
    if lines:
        raise DefectError(f"{lines[0]['rep']}, {lines[0]['period']}: lines without a total")
    return checks + _ranked(totals, "rank", ()) + _ranked(totals, "region_rank", ("region",))


def _totalled(total: Cells, lines: Sequence[Cells]) -> int:
    """Compare the total of a rep with its lines."""
    counted = [line for line in lines if line["points"]]
    for line in counted:
        product = Decimal(line["weight"]) * Decimal(line["points"])
        _same(line, "weighted", Decimal(line["weighted"]), product)
    weight = sum((Decimal(line["weight"]) for line in counted), Decimal(0))
    weighted = sum((Decimal(line["weighted"]) for line in counted), Decimal(0))
    _same(total, "weight", Decimal(total["weight"]), weight)
    _same(total, "weighted", Decimal(total["weighted"]), weighted)
    if total["points"]:
        _same(total, "weighted", weighted, Decimal(total["points"]) * weight)
    for side in ("low", "high") if total["low"] else ():
        parts = sum((Decimal(line[side] or line["weighted"]) for line in lines), Decimal(0))
        _same(total, side, Decimal(total[side]), parts)
    return len(counted) + 5


def _ranked(totals: Sequence[Cells], column: str, within: tuple[str, ...]) -> int:
    """Compare ranks with totals: no higher total ranks lower, equal ones share a rank."""
    groups: dict[tuple[str, ...], list[Cells]] = {}
    for cells in totals:
        if cells["points"]:
            place = (cells["period"], *(cells[name] for name in within))
            groups.setdefault(place, []).append(cells)
    for members in groups.values():
        ordered = sorted(members, key=lambda one: int(one[column]))
        for position, cells in enumerate(ordered):
            before = ordered[position - 1] if position else None
            shares = before is not None and before[column] == cells[column]
            if not shares and int(cells[column]) != position + 1:
                raise DefectError(
                    f"{cells['rep']}, {cells['period']}: {column} is not {position + 1}"
                )
            if before is not None and Decimal(before["points"]) < Decimal(cells["points"]):
                raise DefectError(f"{cells['rep']}, {cells['period']}: {column} is too low")
            if before is not None and shares and before["points"] != cells["points"]:
                raise DefectError(f"{cells['rep']}, {cells['period']}: {column} is shared")
    return sum(map(len, groups.values()))


def _same(cells: Cells, column: str, told: Decimal, counted: Decimal) -> None:
    if abs(told - counted) > _SLACK * max(Decimal(1), abs(counted)):
        raise DefectError(
            f"{cells['rep']}, {cells['period']}, {cells['metric']}: {column} says {told:f}, and "
            f"the lines come to {counted:f}; nothing was written"
        )
