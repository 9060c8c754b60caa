"""What a verification hands back: every fault in a planner's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

LISTED = 25
"""How many faults of one check on one file are told one by one."""

COUNTED = 1000
"""How many of the others are counted: a plan that is wrong everywhere is known to be
wrong by then."""


@dataclass(frozen=True)
class Failure:
    """One fault found in a run folder.

    Attributes
    ----------
    check : str
        Which rule is broken, as a short name.
    file : str
        File of the run folder, relative to it.
    where : str
        The row in labels, such as ``2024Q1, East, MES``; empty where the whole file is meant.
    expected, found : str
        What should stand there and what does; empty where neither is a value.
    text : str
        The fault as one sentence.
    """

    check: str
    file: str
    where: str
    expected: str
    found: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Verification:
    """The outcome of `verify_run`.

    Attributes
    ----------
    checks : int
        How many checks were made.
    failures : tuple of Failure
        All faults; empty for a sound run.
    """

    checks: int
    failures: tuple[Failure, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.failures


def fault(
    check: str, file: str, where: str, words: str, expected: object = "", found: object = ""
) -> Failure:
    """Return a failure whose sentence is put together from its parts."""
    wanted, seen = show(expected), show(found)
    place = f"{file}, {where}" if where else file
    values = ", ".join(
        part
        for part in (
            f"expected {wanted}" if wanted else "",
            f"found {seen}" if seen else "",
        )
        if part
    )
    text = f"{place}: {words}" + (f" ({values})" if values else "")
    return Failure(check, file, where, wanted, seen, text)


def show(value: object) -> str:
    """Return an amount or a label as it is read by people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
    if isinstance(value, str):
        return value
    return f"{number:.12g}"


def shorten(failures: Iterable[Failure]) -> Iterator[Failure]:
    """Yield the first faults of a check and count the rest, so that a report stays readable."""
    iterator = iter(failures)
    last: Failure | None = None
    for failure in islice(iterator, LISTED):
        last = failure
        yield failure
    rest = sum(1 for _ in islice(iterator, COUNTED))
    if last is not None and rest:
        more = f"{rest} or more" if rest == COUNTED else str(rest)
        yield fault(last.check, last.file, "", f"{more} more faults of this kind")
