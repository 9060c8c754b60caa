"""A difference of the inputs, and how its values are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from optimizer.results.run_folder import plain


@dataclass(frozen=True)
class Difference:
    """One thing in which the inputs of a run differ from the base's.

    Attributes
    ----------
    file : str
        Name of the input table, or of the TOML file.
    row : str
        What names the row, such as ``rep S1, period 2024Q1``; blank in a TOML file.
    column : str
        Column, or dotted key; blank where a whole row was added or removed.
    change : str
        ``changed``, ``added`` or ``removed``.
    base, value : str
        As it is in the base, and in the other run; blank for not given.
    """

    file: str
    row: str
    column: str
    change: str
    base: str
    value: str

    @property
    def text(self) -> str:
        """The difference in words."""
        where = f"{self.file}, {self.row}" if self.row else self.file
        if self.column:
            blank = "blank" if self.row else "not given"
            return f"{where}: {self.column} {self.base or blank} → {self.value or blank}"
        content = self.base if self.change == "removed" else self.value
        return f"{where}: {self.change}" + (f" ({content})" if content else "")


def shown(value: Any) -> str:
    """Return a value of the inputs as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return shown_number(float(value))
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value)
    return str(value)


def shown_number(value: float) -> str:
    """Return a number without an exponent; blank for unknown."""
    if math.isfinite(value) and value.is_integer():
        return f"{value:.0f}"
    return plain(value)
