"""Whom rules match, held against the people there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.domain.nearest import Known, meant
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import PASSED_THROUGH
from optimizer.errors import Finding
from optimizer.incentives.match import Match, as_words, below
from optimizer.inputs.document import Document

MATCHED = ("rep", "region", "team", "role", "open", "ability", "resource", "fte", "name")
"""Columns of people that rules may match, besides the ``x_`` ones."""


class CheckMatch:
    """Checks the columns and values that the rules of a file match.

    Parameters
    ----------
    document : Document
    scenario : Scenario
        With a table of people.
    others : sequence of str
        What a rule may match besides columns of people.
    """

    def __init__(self, document: Document, scenario: Scenario, others: Sequence[str] = ()) -> None:
        self._document, self._scenario, self._others = document, scenario, others
        self._people = scenario.tables["people"]
        self._columns = [
            name
            for name in map(str, self._people)
            if name in MATCHED or name.startswith(PASSED_THROUGH)
        ]
        self._known: dict[str, Known] = {}

    def __call__(self, path: str, match: Match, rule: str) -> Iterator[Finding]:
        """Yield what is wrong with a match, and a note on each value that nobody has.

        Parameters
        ----------
        path : str
            Of the match in the document.
        match : mapping of column of people to values
        rule : str
            What then is for nobody, in words.
        """
        for column, values in match.items():
            key = f"{path}.{column}"
            if column not in self._columns:
                problem = f"people have no column {column} to match"
                remedy = meant(column, [*self._columns, *self._others])
                yield self._document.finding(key, None, problem, remedy)
                continue
            if column not in self._known:
                self._known[column] = Known(as_words(self._people[column]))
            known = self._known[column]
            for value in values:
                if not self._is_held(column, value):
                    problem = f"nobody has this {column}, so {rule} by it"
                    yield self._document.finding(key, value, problem, known.remedy(value), "note")

    def _is_held(self, column: str, value: str) -> bool:
        known = self._known[column]
        if value in known or column != "region":
            return value in known
        return any(region in known for region in below((value,), self._scenario))
