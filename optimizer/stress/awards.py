"""Awards that pay an amount: who held a value of a metric for so many periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.errors import InputError
from optimizer.incentives.plan import Award
from optimizer.pay.actuals import ATTAINMENT
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.earlier import Earlier
from optimizer.stress.gates import metric_values
from optimizer.stress.payees import Flags, Payees
from optimizer.stress.rules import StressRules


@dataclass(frozen=True)
class Reward:
    """An award and those who may receive it.

    Attributes
    ----------
    name : str
    reps : (rep,) ints
    amount : float
        In pay units.
    at_least : float
    periods : int
        How many that takes.
    is_consecutive : bool
    held : (rep,) ints
        In how many periods before the run, up to its first one where they must be consecutive.
    given : (period, rep) flags or None
        Whether a metric is held; None where attainment decides.
    """

    name: str
    reps: Ints
    amount: float
    at_least: float
    periods: int
    is_consecutive: bool
    held: Ints
    given: Flags | None

    def is_held(self, period: int, attainment: Floats) -> Flags:
        """Return in which trials it is held in a period, (trial, rep) flags.

        Parameters
        ----------
        attainment : (trial, rep) floats
            Of all reps, NaN where one has no target.
        """
        if self.given is not None:
            return np.broadcast_to(self.given[period], (len(attainment), len(self.reps)))
        own = np.take(attainment, self.reps, axis=1)
        with np.errstate(over="ignore"):
            least = own.dtype.type(self.at_least)
        return np.asarray(own >= least)

    def counted(self, held: Flags, before: Ints) -> Ints:
        """Return in how many periods it is held by now, (trial, rep) ints.

        Parameters
        ----------
        held : (trial, rep) flags
            In this period.
        before : (trial, rep) or (rep,) ints
        """
        number = before + held
        return number * held if self.is_consecutive else number

    def paid(self, held: Flags, number: Ints, kind: np.dtype) -> Floats:
        """Return what it pays in a period, (trial, rep) floats."""
        return np.asarray((held & (number % self.periods == 0)) * kind.type(self.amount))


def build_reward(
    award: Award, payees: Payees, rules: StressRules, earlier: Earlier
) -> Reward | None:
    """Lay an award on its reps; None where it pays nothing, or nobody, or not within the run.

    Raises
    ------
    InputError
        Where nothing is known of its metric.
    """
    reps = np.flatnonzero(payees.matching(award.match))
    at_least = float(award.at_least)
    past = [one[reps] >= at_least for one in earlier.values(award.metric)]
    is_in_reach = award.periods <= len(past) + len(payees.periods)
    if not award.amount or not len(reps) or not is_in_reach:
        return None
    held = np.zeros(len(reps), dtype=np.int16)
    for one in past:
        held = (held + one) * (one | (not award.consecutive))
    return Reward(
        award.name,
        reps,
        float(award.amount),
        at_least,
        award.periods,
        award.consecutive,
        held.astype(np.int16),
        None if award.metric == ATTAINMENT else _given(award, payees, rules, reps),
    )


def _given(award: Award, payees: Payees, rules: StressRules, reps: Ints) -> Flags:
    table, names = payees.scenario.table("metrics"), payees.labels("rep")[reps]
    values = np.stack(
        [
            metric_values(award.metric, rules.metrics, table, period, names)
            for period in payees.periods
        ]
    )
    if np.isnan(values).all():
        raise InputError(
            f"award {award.name} looks at {award.metric}, which is not known for anybody; write "
            f"[stress] metrics = {{ {award.metric} = … }} in the scenario, or add it to the "
            "table metrics"
        )
    return np.asarray(values >= float(award.at_least))
