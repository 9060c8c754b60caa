"""Final capacities of many reps written at once."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.change.tables import (
    appended,
    check_label,
    checked_number,
    table_or_new,
    with_table,
)
from optimizer.domain.scenario import Scenario
from optimizer.inputs.edited import FIGURES, refuse


def set_capacities(scenario: Scenario, amounts: Mapping[tuple[str, str], float]) -> Scenario:
    """Set the final capacities of several reps in single periods at once.

    Parameters
    ----------
    scenario : Scenario
    amounts : mapping of (rep, period) to float
        As in the table ``capacity``: not ramped, the buffer still in them.

    Raises
    ------
    InputError
        For an unknown name or a negative amount.
    """
    reps = table_or_new(scenario, "people")["rep"].tolist()
    known = set(reps)
    for (rep, period), amount in amounts.items():
        if rep not in known:
            check_label("rep", rep, reps)
        check_label("period", period, scenario.settings.periods)
        checked_number(f"the capacity of {rep}", amount)
    frame = table_or_new(scenario, "capacity")
    place = zip(frame["rep"].tolist(), frame["period"].tolist(), strict=True)
    row = {key: number for number, key in enumerate(place)}
    capacity = frame["capacity"].to_numpy(dtype=float, copy=True)
    new = []
    for key, amount in amounts.items():
        if key in row:
            capacity[row[key]] = amount
        else:
            new.append({"rep": key[0], "period": key[1], "capacity": amount})
    frame = frame.assign(capacity=capacity)
    changed = with_table(scenario, "capacity", appended("capacity", frame, *new) if new else frame)
    refuse(changed, "the capacities", FIGURES, {"capacity": changed.tables["capacity"]})
    return changed
