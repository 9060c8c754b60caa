"""What a row of the joint model is: where it stands, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.model.joint_variables import JointVariables

EVERY = "*"


@dataclass(frozen=True)
class Place:
    """What a row is about, in the labels of ``prices.csv``; `kind` is empty if unpriced."""

    kind: str
    side: str
    period: str = EVERY
    region: str = EVERY
    product: str = EVERY
    rep: str = EVERY


@dataclass(frozen=True)
class Rule:
    """One row: where it stands and what it says (a PuLP constraint)."""

    place: Place
    relation: Any


Family = Callable[[JointVariables], Iterator[Rule]]
