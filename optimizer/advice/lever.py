"""A lever: something that can give way, by how much, and how the inputs would say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.advice.parts import Part
from optimizer.model.backing_program import Give

SEVERAL = 8
"""How many levers of one kind are tried by themselves, those first that promise most."""

WORTH = 1e-7
"""Units of gap below which a unit of a limit closes nothing."""

POINT = 1e-4
"""Shares are written in hundredths of a percent, rounded so that they are enough."""


@dataclass(frozen=True)
class Lever:
    """Something that can give way by any amount.

    Attributes
    ----------
    kind : str
        As in ``[advice]``.
    gives : tuple of Give
        Room made per unit of the lever.
    most : float
        How far it can be pulled.
    room : float
        Units of the goal that one unit of the lever stands for in its price.
    step : float
        How far apart amounts are that the inputs can say.
    part : amount → Part
        The change of the inputs that makes at least so much room.
    in_whole : bool
        Whether it can be pulled by whole numbers only.
    band : int
        Of a share, the band whose whole it is a share of: amounts are for the whole that the
        reference asks; -1 for other levers.
    """

    kind: str
    gives: tuple[Give, ...]
    most: float
    room: float
    step: float
    part: Callable[[float], Part]
    in_whole: bool = False
    band: int = -1


def up(amount: float, step: float) -> float:
    """Round up to a step; what float dust puts above one counts as that one."""
    return round(float(np.ceil(amount / step - 1e-6)) * step, 10)
