"""How a comparison writes figures and their differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Form = Callable[[float], str]


def header(names: Sequence[str]) -> list[str]:
    """Return the columns of runs: the base, then each with its differences to it."""
    more = ["difference"] if len(names) > 2 else ["difference", "change"]
    return [names[0], *(text for name in names[1:] for text in (name, *more))]


def cells(values: Sequence[float], form: Form, step: Form, *, relative: bool) -> list[str]:
    """Return the values of all runs with their differences to the base, and the change of two."""
    base = values[0]
    found = [form(base)]
    for value in values[1:]:
        difference = value - base
        found += [form(value), signed(difference, step)]
        if len(values) == 2:
            known = relative and base > 0 and difference == difference
            found.append(signed(difference / base, percent) if known else "")
    return found


def signed(value: float, form: Form) -> str:
    """Return a difference with its sign; a plain 0 where there is none."""
    if value != value:
        return ""
    text = form(abs(value))
    if not any(digit in text for digit in "123456789"):
        return "0"
    return ("+" if value > 0 else "-") + text


def percent(value: float) -> str:
    """Return a share as percent; blank where it is not known."""
    return "" if value != value else f"{100 * value:.1f} %"


def points(value: float) -> str:
    """Return a difference of shares in points of percent."""
    return "" if value != value else f"{100 * value:.1f} points"


def factor(value: float) -> str:
    """Return a factor to three decimals."""
    return "" if value != value else f"{value:.3f}"


def more(rows: int, top: int, file: str) -> Iterator[str]:
    """Yield how many rows are left to a file, where there are any."""
    if rows > top:
        yield f"  … {rows - top:,} more in {file}"
