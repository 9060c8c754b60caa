"""The seats of one period as activities need them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats


@dataclass(frozen=True)
class Team:
    """The seats of one period.

    Attributes
    ----------
    period : str
    region, rep : (seat,) objects
        Rep is blank in a plan without people.
    target : (seat,) floats
        In the scenario's unit.
    due : (seat, week) floats
        Share of the target due at the end of each week, rising to 1.
    week : int
        Weeks that are over; 0 where nothing is known of the period yet.
    sold : (seat,) floats
        What was sold in them.
    """

    period: str
    region: np.ndarray
    rep: np.ndarray
    target: Floats
    due: Floats
    week: int
    sold: Floats

    @property
    def names(self) -> np.ndarray:
        """What each seat is called: its rep, or its region in a plan without people."""
        return np.where(self.rep == "", self.region, self.rep)
