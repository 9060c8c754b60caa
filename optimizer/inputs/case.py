"""One measure of a scenario while it is being checked: sound keys and typed tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.inputs.document import Document
from optimizer.inputs.findings import Typed


@dataclass(frozen=True)
class Case:
    """What the rules look at.

    Attributes
    ----------
    document : Document
        For findings about keys.
    measure : str
    keys : mapping
        Keys of the measure that are known and hold what they should; others are left out.
    tables : mapping of table name to Typed
        Tables that could be understood.
    unread : frozenset of str
        Tables that exist but could not be understood: nothing is said about their absence.
    """

    document: Document
    measure: str
    keys: Mapping[str, Any]
    tables: Mapping[str, Typed]
    unread: frozenset[str] = field(default_factory=frozenset)

    @property
    def periods(self) -> tuple[str, ...]:
        """Labels of the periods; empty where the key is not sound."""
        return tuple(self.keys.get("periods", ()))

    def path(self, key: str) -> str:
        """Return where a key of this measure is written: its own table, or the top level."""
        own = f"measure.{self.measure}.{key}"
        return own if own in self.document.places else key
