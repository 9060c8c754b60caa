"""What is known of the periods before a run: attainments and metrics of its reps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimizer.domain.calendar import span_of
from optimizer.pay.actuals import ATTAINMENT, ATTAINMENT_BEFORE
from optimizer.pay.history import PaidPeriod
from optimizer.problem.instance import Floats
from optimizer.stress.gates import metric_values
from optimizer.stress.payees import Payees
from optimizer.stress.rules import StressRules


class Earlier:
    """The periods before a run, in their order.

    They are those that earlier runs paid; where none is named, those of the table metrics whose
    labels carry dates.

    Parameters
    ----------
    payees : Payees
    paid : sequence of PaidPeriod
        Of earlier runs, in order.
    """

    def __init__(self, payees: Payees, paid: Sequence[PaidPeriod] = ()) -> None:
        self._payees = payees
        self._paid = [one for one in paid if one.period not in payees.periods]

    def values(self, metric: str) -> list[Floats]:
        """Return a metric of each rep by period, NaN where it is not known, (rep,) floats each."""
        reps = self._payees.labels("rep")
        if self._paid:
            known = [[one.value(rep, metric) for rep in reps] for one in self._paid]
            return [
                np.array([np.nan if one is None else float(one) for one in row]) for row in known
            ]
        table = self._payees.scenario.table("metrics")
        return [] if table is None else [
            np.full(len(reps), np.nan) if name is None
            else metric_values(metric, {}, table, name, reps)
            for name in _labels(table, self._payees.periods[0])
        ]  # fmt: skip


def _labels(table: pd.DataFrame, first: str) -> list[str | None]:
    """Return the dated periods of a table before a run, in order, None where some are left out."""
    now = span_of(first)
    labels = {name: span_of(name) for name in set(table["period"].astype(str))}
    if now is None:
        return []
    dated = sorted(
        (span.first, span.first + span.months, name)
        for name, span in labels.items()
        if span is not None and span.first + span.months <= now.first
    )
    found: list[str | None] = []
    for place, (_, end, name) in enumerate(dated):
        following = dated[place + 1][0] if place + 1 < len(dated) else now.first
        found += [name] if end == following else [name, None]
    return found


def attained_before(payees: Payees, rules: StressRules, earlier: Earlier) -> list[Floats | None]:
    """Return what is known of the attainment of the period before, by period.

    The metric ``attainment_before`` counts, in the first period ``[stress] metrics`` and then
    the last period before the run as well.

    Returns
    -------
    list of (rep,) floats or None
        NaN where it is not known; None where it is known of nobody.
    """
    table, reps = payees.scenario.table("metrics"), payees.labels("rep")
    found: list[Floats | None] = []
    for place, period in enumerate(payees.periods):
        level = rules.metrics if place == 0 else {}
        own = metric_values(ATTAINMENT_BEFORE, level, table, period, reps)
        last = earlier.values(ATTAINMENT)[-1:] if place == 0 else []
        own = np.where(np.isnan(own), last[0], own) if last else own
        found.append(None if np.isnan(own).all() else own)
    return found
