"""The ledger, counted again from the texts that are written, before anybody is paid by it.

Nothing here calls what made the tables: cents are whole numbers, taken from the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from optimizer.errors import DefectError

_TOLD = {
    "commission": "commission",
    "bonus": "bonus",
    "cap": "cap_cut",
    "paid before": "paid_before",
    "pool": "pool",
    "award": "award",
    "guarantee": "guarantee",
}
_TAKEN_OFF = ("cap_cut", "paid_before")


def check_tables(
    header: Sequence[str],
    payouts: Iterable[Sequence[str]],
    ledger: Iterable[Sequence[str]],
    pools: Iterable[Sequence[str]],
) -> int:
    """Check that ledger, payouts and pools say the same to the cent.

    Parameters
    ----------
    header : sequence of str
        Columns of the payouts.
    payouts, ledger, pools : rows of texts
        As they are written.

    Returns
    -------
    int
        How many sums were compared.

    Raises
    ------
    DefectError
        Where they differ.
    """
    counted: dict[tuple[str, str], dict[str, int]] = {}
    for period, rep, component, *_, amount in ledger:
        parts = counted.setdefault((period, rep), {})
        kind = _kind(component)
        parts[kind] = parts.get(kind, 0) + whole_cents(amount)
    checks, shared = 0, 0
    at = {name: place for place, name in enumerate(header)}
    columns = [
        (kind, column, at.get(column), -1 if column in _TAKEN_OFF else 1)
        for kind, column in _TOLD.items()
    ]
    for row in payouts:
        place = row[at["period"]], row[at["rep"]]
        parts = counted.pop(place, {})
        payout = whole_cents(row[at["payout"]])
        _same(place, "payout", payout, sum(parts.values()))
        if payout < 0:
            raise DefectError(f"{place[1]}, {place[0]}: the payout is below 0")
        for kind, column, cell, sign in columns:
            told = 0 if cell is None else sign * whole_cents(row[cell])
            _same(place, column, told, parts.get(kind, 0))
        shared += whole_cents(row[at["pool"]])
        checks += len(_TOLD) + 1
    if counted:
        period, rep = min(counted)
        raise DefectError(f"{rep}, {period}: the ledger has lines, and payouts have none")
    _same(("all periods", "pools"), "paid", sum(whole_cents(row[-1]) for row in pools), shared)
    return checks + 1


def _kind(component: str) -> str:
    """Return what a component is for; its name may follow."""
    return component if component in _TOLD else component.split(" ", 1)[0]


def _same(place: tuple[str, str], column: str, told: int, counted: int) -> None:
    if told != counted:
        raise DefectError(
            f"{place[1]}, {place[0]}: {column} says {told / 100:.2f}, and the ledger adds up to "
            f"{counted / 100:.2f}; nothing was written"
        )


def whole_cents(text: str) -> int:
    """Return an amount with two decimals as whole cents."""
    return int(text.replace(".", "", 1))
