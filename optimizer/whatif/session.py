"""A solved scenario held ready for questions: change one thing, see what moves.

>>> session = Session("scenarios/annual")            # doctest: +SKIP
>>> session.goal(10_500)                             # doctest: +SKIP
>>> session.capacity("Li Na", 130).reps.head()       # doctest: +SKIP
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from optimizer.change import edits
from optimizer.change.tables import ALL
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.load import load_scenarios
from optimizer.model.contradiction import check_limits
from optimizer.model.solve import Solved, solve
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance
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
        self.scenario = (
            scenario if isinstance(scenario, Scenario) else _read(Path(scenario), measure)
        )
        instance, solved = _solved(self.scenario, None)
        self._start = solved
        self.base = Answer("base", self.scenario, instance, solved.allocation, None)

    def __repr__(self) -> str:
        return f"Session of {self.base!r}"

    def _repr_html_(self) -> str:
        return self.base._repr_html_()

    def ask(self, *changes: Edit, name: str = "") -> Answer:
        """Answer what would be with some changes made, one after the other.

        Parameters
        ----------
        *changes : scenario → scenario
            As from `optimizer.change.edits`, or one's own.
        name : str
            What to call the answer.

        Raises
        ------
        InputError
            Where a change names what does not exist.
        ContradictionError
            Where no plan keeps all limits then, with the changes that would help.
        """
        changed = self.scenario
        for change in changes:
            changed = change(changed)
        instance, solved = _solved(changed, self._start)
        return Answer(name or "what if", changed, instance, solved.allocation, self.base)

    def adopt(self, answer: Answer) -> Session:
        """Return a session whose base is an answer of this one."""
        return Session(answer.scenario)

    def goal(self, target: float) -> Answer:
        """Answer what another goal would mean."""
        return self.ask(lambda one: edits.set_goal(one, target), name=f"goal {target:,.10g}")

    def buffer(self, name: str, share: float) -> Answer:
        """Answer what keeping back another share would mean; `name` as in ``[buffers]``."""
        return self.ask(
            lambda one: edits.set_buffer(one, name, share), name=f"buffer {name} {share:.4g}"
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
        return self.ask(
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
        return self.ask(
            lambda one: edits.set_potential(
                one, amount, period=period, region=region, product=product
            ),
            name=f"potential {_where(period, region, product)} {amount:,.10g}",
        )

    def capacity(self, rep: str, amount: float, period: str = ALL) -> Answer:
        """Answer what another capacity of a rep would mean, in all periods or one."""
        return self.ask(
            lambda one: edits.set_capacity(one, rep, amount, period),
            name=f"capacity {rep} {amount:,.10g}",
        )

    def products(self, rep: str, products: Sequence[str]) -> Answer:
        """Answer what another product list of a rep would mean; empty for all products."""
        return self.ask(
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
        expires: dt.date | None = None,
    ) -> Answer:
        """Answer what fixing a slice to an amount would mean."""
        return self.ask(
            lambda one: edits.set_lock(
                one, amount, period=period, region=region, rep=rep, product=product,
                owner=owner, reason=reason, expires=expires,
            ),
            name=f"lock {_where(period, region, product, rep)} {amount:,.10g}",
        )  # fmt: skip

    def unlock(
        self, *, period: str = ALL, region: str = ALL, rep: str = ALL, product: str = ALL
    ) -> Answer:
        """Answer what removing a lock would mean."""
        return self.ask(
            lambda one: edits.remove_lock(
                one, period=period, region=region, rep=rep, product=product
            ),
            name=f"no lock {_where(period, region, product, rep)}",
        )

    def hire(self, rep: str, region: str, **columns: object) -> Answer:
        """Answer what one more rep would mean; further columns as in ``people``."""
        return self.ask(
            lambda one: edits.add_rep(one, rep, region, **columns), name=f"{rep} in {region}"
        )


def _read(path: Path, measure: str) -> Scenario:
    scenarios = load_scenarios(path).scenarios
    if not measure:
        return scenarios[0]
    names = {one.settings.measure: one for one in scenarios}
    if measure not in names:
        raise InputError(f"{path} has no measure {measure}; it has {', '.join(names)}")
    return names[measure]


def _solved(scenario: Scenario, start: Solved | None) -> tuple[Instance, Solved]:
    instance = build_instance(scenario)
    check_limits(instance)
    return instance, solve(instance, start=None if start is None else start.start)


def _where(*names: str) -> str:
    return " ".join(name for name in names if name != ALL) or "everything"
