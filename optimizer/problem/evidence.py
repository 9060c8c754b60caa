"""What blank shares are assumed from, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.problem.history import History
from optimizer.problem.instance import Bools, Floats, Ints, Potentials
from optimizer.problem.known import Rows, known_potential, potential_rows
from optimizer.problem.labels import Labels
from optimizer.problem.people import Roster


@dataclass(frozen=True)
class Evidence:
    """What blank shares are assumed from: history, else potential, else evenly."""

    labels: Labels
    history: History | None
    potentials: Potentials
    roster: Roster | None

    def weigh(self, kind: str, index: list[int]) -> tuple[Floats, str]:
        """Return proportions summing to 1, and the source they were taken from."""
        for amounts, source in (
            (self._from_history(kind, index), "history"),
            (known_potential(self._potentials, self.labels, kind, index), "potential"),
            (self._from_people(kind, index), "rep weight"),
        ):
            if amounts is not None and amounts.sum() > 0:
                return amounts / amounts.sum(), source
        return np.full(len(index), 1.0 / len(index)), "equal parts"

    def describe(self, kind: str, index: list[int], shares: Floats, source: str) -> str:
        """Say in words which shares were assumed."""
        names = {
            "period": self.labels.periods,
            "product": self.labels.products,
            "region": self.labels.tree.names,
        }[kind]
        listed = ", ".join(
            f"{names[item]} {share:.4g}"
            for item, share in list(zip(index, shares, strict=True))[:12]
        )
        more = f" and {len(index) - 12} more" if len(index) > 12 else ""
        return f"{kind} shares assumed from {source}: {listed}{more}"

    def _from_history(self, kind: str, index: list[int]) -> Floats | None:
        if self.history is None:
            return None
        amount = self.history.amount
        if kind == "region":
            return self._sold[index]
        axis = self.history.period if kind == "period" else self.history.product
        usable: Bools = axis >= 0
        if kind == "period" and any(span is not None for span in self.labels.spans):
            usable = usable & (self.history.whole_year | self._under_own_labels(self.history))
        length = len(self.labels.periods if kind == "period" else self.labels.products)
        sums = np.bincount(axis[usable], weights=amount[usable], minlength=length)
        sums = (sums[self.labels.first_alike] if kind == "period" else sums)[index]
        if kind == "period" and (sums <= 0).any():
            return None
        return np.maximum(sums, 0.0)

    def _under_own_labels(self, history: History) -> Bools:
        """Return undated rows under the plan's own labels, where there are some under each.

        Labels such as Spring carry no year that could be whole; that none is missing stands
        for it.
        """
        named = (history.period >= 0) & (history.months == 0)
        whole = len(np.unique(history.period[named])) == len(self.labels.periods)
        return np.asarray(named & whole, dtype=bool)

    def _from_people(self, kind: str, index: list[int]) -> Floats | None:
        if kind != "region" or self.roster is None:
            return None
        return self._weight[index]

    @cached_property
    def _potentials(self) -> Rows:
        """Potential by slice."""
        return potential_rows(self.potentials)

    @cached_property
    def _sold(self) -> Floats:
        """What each node of the tree sold, (node,)."""
        assert self.history is not None
        known = self.history.leaf >= 0
        amount = self.history.amount[known]
        return self.labels.tree.sums(
            np.maximum(self._by_leaf(self.history.leaf[known], amount), 0.0)
        )

    @cached_property
    def _weight(self) -> Floats:
        """Weight of the people below each node of the tree, (node,)."""
        assert self.roster is not None
        return self.labels.tree.sums(
            self._by_leaf(self.roster.leaf, self.roster.weight.sum(axis=1))
        )

    def _by_leaf(self, leaf: Ints, amount: Floats) -> Floats:
        leaves = len(self.labels.tree.leaf_node)
        return np.bincount(leaf, weights=amount, minlength=leaves).astype(float)
