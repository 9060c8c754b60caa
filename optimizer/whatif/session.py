"""A solved scenario held ready for questions: change one thing, see what moves.

>>> session = Session("scenarios/annual")            # doctest: +SKIP
>>> session.goal(10_500)                             # doctest: +SKIP
>>> session.capacity("Li Na", 130).reps.head()       # doctest: +SKIP
"""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from optimizer.change import edits
from optimizer.change.tables import ALL
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.edited import reread
from optimizer.inputs.load import load_scenarios
from optimizer.model.contradiction import check_limits
from optimizer.model.decomposed import Start
from optimizer.model.solve import Solved, solve
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance
from optimizer.problem.stages import Stages
from optimizer.whatif.answer import Answer

Edit = Callable[[Scenario], Scenario]


class Session:
    """A scenario that is solved once and asked many times.

    Every question starts from the base and leaves it as it is; `adopt` makes an answer the
    base of a new session. Amounts are exact ones, before rounding; `Answer.plan` gives whole
    units.

    Parameters
    ----------
    scenario : Scenario or path
        Scenario, or a folder, ``scenario.toml`` or workbook to read one from.
    measure : str, optional
        Which measure, where the scenario has several; the main one if left out.

    Raises
    ------
    InputError
        Where the scenario is wrong.
    ContradictionError
        Where no plan keeps all its limits.
    """

    def __init__(self, scenario: Scenario | Path | str, measure: str = "") -> None:
        self.scenario = _read(scenario, measure)
        self._stages = Stages()
        instance, self._solved = _solved(self.scenario, self._stages, None)
        self.base = Answer("base", self.scenario, instance, self._solved.allocation, None)

    def __repr__(self) -> str:
        return f"Session of {self.base!r}"

    def _repr_html_(self) -> str:
        return self.base._repr_html_()

    def ask(self, *changes: Edit, name: str = "") -> Answer:
        """Answer what would be with some changes made, one after the other.

        Parameters
        ----------
        *changes : scenario → scenario
            As from `optimizer.change.edits`, or one's own: what comes out is checked as files
            are, and the base stays as it is whatever they do to the tables they are given.
        name : str
            What to call the answer.

        Raises
        ------
        InputError
            Where a change names what does not exist, or ends in what a loader would refuse.
        ContradictionError
            Where no plan keeps all limits then, with the changes that would help.
        """
        changed = self.scenario
        if changes:
            copies = {table: frame.copy() for table, frame in changed.tables.items()}
            changed = replace(changed, tables=copies)
        for change in changes:
            if not callable(change):
                raise InputError(f"a change is a function of a scenario, and {change!r} is none")
            changed = change(changed)
            if not isinstance(changed, Scenario):
                raise InputError(f"a change gives back a scenario, and one gave {changed!r}")
        return self._answer(reread(_unchanged(changed, self.scenario), self.scenario), name)

    def _asked(self, change: Edit, name: str) -> Answer:
        return self._answer(change(self.scenario), name)

    def _answer(self, changed: Scenario, name: str) -> Answer:
        instance, solved = _solved(changed, Stages(self._stages), self._solved.start)
        return Answer(name or "what if", changed, instance, solved.allocation, self.base)

    def adopt(self, answer: Answer) -> Session:
        """Return a session whose base is an answer of this one.

        Raises
        ------
        InputError
            For anything but an answer.
        """
        if not isinstance(answer, Answer):
            raise InputError(f"adopt takes an answer of a session, and {answer!r} is none")
        return Session(answer.scenario)

    def goal(self, target: float) -> Answer:
        """Answer what another goal would mean."""
        return self._asked(lambda one: edits.set_goal(one, target), name=f"goal {_figure(target)}")

    def buffer(self, name: str, share: float) -> Answer:
        """Answer what keeping back another share would mean; `name` as in ``[buffers]``."""
        return self._asked(
            lambda one: edits.set_buffer(one, name, share), name=f"buffer {name} {_figure(share)}"
        )

    def share(
        self,
        kind: str,
        share: float | None = None,
        min_share: float | None = None,
        max_share: float | None = None,
        *,
        period: str = ALL,
        region: str = ALL,
        product: str = ALL,
    ) -> Answer:
        """Answer what another share or band would mean; `kind` as in ``limits.csv``."""
        where = _where(period, region, product)
        return self._asked(
            lambda one: edits.set_share(
                one, kind, share, min_share, max_share,
                period=period, region=region, product=product,
            ),
            name=f"share of {where}",
        )  # fmt: skip

    def potential(
        self, amount: float, *, period: str = ALL, region: str = ALL, product: str = ALL
    ) -> Answer:
        """Answer what another market potential of a slice would mean."""
        return self._asked(
            lambda one: edits.set_potential(
                one, amount, period=period, region=region, product=product
            ),
            name=f"potential {_where(period, region, product)} {_figure(amount)}",
        )

    def capacity(self, rep: str, amount: float, period: str = ALL) -> Answer:
        """Answer what another capacity of a rep would mean, in all periods or one."""
        return self._asked(
            lambda one: edits.set_capacity(one, rep, amount, period),
            name=f"capacity {rep} {_figure(amount)}",
        )

    def minimum(self, rep: str, amount: float, period: str = ALL) -> Answer:
        """Answer what another least target of a rep would mean, in all periods or one."""
        return self._asked(
            lambda one: edits.set_minimum(one, rep, amount, period),
            name=f"minimum {rep} {_figure(amount)}",
        )

    def products(self, rep: str, products: Sequence[str]) -> Answer:
        """Answer what another product list of a rep would mean; empty for all products."""
        return self._asked(
            lambda one: edits.set_products(one, rep, products), name=f"products of {rep}"
        )

    def lock(
        self,
        amount: float,
        *,
        period: str = ALL,
        region: str = ALL,
        rep: str = ALL,
        product: str = ALL,
        owner: str = "",
        reason: str = "",
        expires: dt.date | str | None = None,
    ) -> Answer:
        """Answer what fixing a slice to an amount would mean."""
        return self._asked(
            lambda one: edits.set_lock(
                one, amount, period=period, region=region, rep=rep, product=product,
                owner=owner, reason=reason, expires=expires,
            ),
            name=f"lock {_where(period, region, product, rep)} {_figure(amount)}",
        )  # fmt: skip

    def unlock(
        self, *, period: str = ALL, region: str = ALL, rep: str = ALL, product: str = ALL
    ) -> Answer:
        """Answer what removing a lock would mean."""
        return self._asked(
            lambda one: edits.remove_lock(
                one, period=period, region=region, rep=rep, product=product
            ),
            name=f"no lock {_where(period, region, product, rep)}",
        )

    def hire(self, rep: str, region: str, **columns: object) -> Answer:
        """Answer what one more rep would mean; further columns as in ``people``."""
        return self._asked(
            lambda one: edits.add_rep(one, rep, region, **columns), name=f"{rep} in {region}"
        )


def _read(scenario: Scenario | Path | str, measure: str) -> Scenario:
    if isinstance(scenario, Scenario):
        known: tuple[Scenario, ...] = (scenario,)
        where = "the scenario"
    elif isinstance(scenario, str | Path):
        known, where = load_scenarios(scenario).scenarios, str(scenario)
    else:
        raise InputError(
            f"a session takes a scenario or the path of one, and {type(scenario).__name__} is none"
        )
    names = {one.settings.measure: one for one in known}
    if measure and measure not in names:
        raise InputError(f"{where} has no measure {measure}; it has {', '.join(names)}")
    return names[measure] if measure else known[0]


def _unchanged(changed: Scenario, base: Scenario) -> Scenario:
    """Return a scenario with the base's own tables where copies of them are as they were."""
    tables = {
        name: own if (own := base.tables.get(name)) is not None and own.equals(frame) else frame
        for name, frame in changed.tables.items()
    }
    return replace(changed, tables=tables)


def _solved(scenario: Scenario, stages: Stages, start: Start | None) -> tuple[Instance, Solved]:
    instance = build_instance(scenario, stages=stages)
    check_limits(instance)
    return instance, solve(instance, start=start, fill=True)


def _where(*names: str) -> str:
    return " ".join(str(name) for name in names if name != ALL) or "everything"


def _figure(value: object) -> str:
    """Return an amount as a name shows it; what is none is refused by the edit, in words."""
    return f"{value:,.10g}" if isinstance(value, numbers.Real) else str(value)
