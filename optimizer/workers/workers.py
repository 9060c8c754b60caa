"""Work done side by side: what all ways of doing it have in common.

Work is a function of one item. Where it runs never changes what comes out: items are numbered,
and whoever needs them in order asks for them in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from optimizer.errors import QuotaplanError

Item = TypeVar("Item")
Done = TypeVar("Done")


@dataclass(frozen=True)
class Lost:
    """Work that was never finished, because the process that did it ended.

    Attributes
    ----------
    reason : str
        In words.
    """

    reason: str


class LostError(QuotaplanError):
    """A process that worked for this one ended before it was done."""


class Workers(Protocol):
    """Somewhere to work: in this process, in processes beside it, or on a cluster."""

    def finished(
        self, work: Callable[[Item], Done], items: Sequence[Item]
    ) -> Iterator[tuple[int, Done | Lost]]:
        """Yield the position and the result of each item as it is finished, in any order.

        An exception that the work raises is raised here.
        """


def in_order(
    workers: Workers, work: Callable[[Item], Done], items: Sequence[Item]
) -> Iterator[Done]:
    """Yield the results of all items in their order, each as soon as those before it are there.

    Raises
    ------
    LostError
        Where a process ended before its item was done.
    """
    early: dict[int, Done] = {}
    due = 0
    for position, done in workers.finished(work, items):
        if isinstance(done, Lost):
            raise LostError(done.reason)
        early[position] = done
        while due in early:
            yield early.pop(due)
            due += 1
