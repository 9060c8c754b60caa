"""Many executions of one target: counted, failures told apart, shrunk and kept."""

from __future__ import annotations

import faulthandler
import hashlib
import math
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fuzzing.guard import MEMORY, SECONDS, Failure, attempt
from tests.fuzzing.shrink import shrunk
from tests.fuzzing.targets import Target


@dataclass
class Campaign:
    """What came of many executions.

    Attributes
    ----------
    outcomes : counter of ``"read"``, ``"refused"``, ``"failed"``
    seconds : float
    slowest : float
        Seconds of the slowest execution.
    failures : mapping of place to (kind, input, failure)
        The first of each.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    slowest: float = 0.0
    failures: dict[str, tuple[str, bytes, Failure]] = field(default_factory=dict)

    @property
    def executions(self) -> int:
        """How many there were."""
        return self.outcomes.total()


def execute(
    name: str,
    target: Target,
    executions: int,
    seed: int,
    *,
    first: int = 0,
    limit: float = math.inf,
    report: Callable[[int, Campaign], None] = lambda _done, _campaign: None,
) -> Campaign:
    """Execute a target many times.

    Parameters
    ----------
    name : str
        Of the target.
    target : Target
    executions : int
    seed : int
        Input number n of a seed is the same in every campaign.
    first : int
        Number of the first input.
    limit : float
        Seconds after which no more is executed.
    report : function of the number done and the campaign so far, optional
        Called now and then.

    Returns
    -------
    Campaign
    """
    campaign = Campaign()
    began, before = time.monotonic(), _memory()
    for number in range(first, first + executions):
        if campaign.seconds > limit:
            break
        kind, data = target.input(Random(f"{name} {seed} {number}"))
        start = time.monotonic()
        outcome, failure = attempt(lambda: target.read(kind, data))  # noqa: B023 (called at once)
        campaign.slowest = max(campaign.slowest, time.monotonic() - start)
        if _memory() - before > MEMORY:
            failure = failure or Failure("memory", f"input {number} took more than {MEMORY} bytes")
            before, outcome = _memory(), "failed"
        campaign.outcomes[outcome] += 1
        if failure is not None and failure.place not in campaign.failures:
            campaign.failures[failure.place] = (kind, data, failure)
        campaign.seconds = time.monotonic() - began
        if number % 256 == 0:
            # What does not even hear an alarm shows where it hangs, and ends.
            faulthandler.dump_traceback_later(256 * SECONDS, exit=True)
            report(number - first, campaign)
    faulthandler.cancel_dump_traceback_later()
    return campaign


def _memory() -> int:
    """Return the most memory this process has had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10


def keep(folder: Path, target: Target, kind: str, data: bytes, failure: Failure) -> Path:
    """Shrink a failing input, write it into the corpus and return where it lies.

    The name is the kind of the input, with ``+`` for folders, and a digest.
    """

    def fails(candidate: bytes) -> bool:
        _, found = attempt(lambda: target.read(kind, candidate))
        return found is not None and found.place == failure.place

    small = shrunk(data, fails)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(small).hexdigest()[:8]
    path = folder / f"{digest}-{kind.replace('/', '+')}"
    path.write_bytes(small)
    return path


def kind_of(path: Path) -> str:
    """Return the kind of an input of the corpus."""
    return path.name.partition("-")[2].replace("+", "/")
