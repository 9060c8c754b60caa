"""A run with all targets of people multiplied: what is sold, and what pay costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.stress.attainment import Attainments, Quantiles
from optimizer.stress.blocks import attainment_blocks
from optimizer.stress.factors import REPLICATES
from optimizer.stress.stress import Parts
from optimizer.stress.world import World, build_world


@dataclass(frozen=True)
class Times:
    """Attainments of a law, multiplied.

    Attributes
    ----------
    law : Quantiles
    factor : float
    """

    law: Quantiles
    factor: float

    def __call__(self, normal: Floats) -> Floats:
        """Turn normal numbers into attainments."""
        return np.asarray(self.law.of_normal(normal) * self.factor)


def scaled_world(parts: Parts, factor: float, elasticity: float) -> World:
    """Return the world of a run in which every target is multiplied.

    Goals stay; targets of other measures move along. Sales follow targets as factor ^ elasticity,
    so attainments are multiplied by factor ^ (elasticity - 1).

    Parameters
    ----------
    factor : float
        Above 0.
    elasticity : float

    Raises
    ------
    InputError
        As `build_world` raises it.
    """
    payees = parts.payees
    payees = replace(
        payees,
        reference=payees.reference * factor,
        floor=payees.floor * factor,
        target=payees.target * factor,
        stretch=payees.stretch * factor,
        others={
            measure: {level: table * factor for level, table in tables.items()}
            for measure, tables in payees.others.items()
        },
    )
    world = build_world(*parts._replace(payees=payees))
    return replace(world, laws=_times(world.laws, factor ** (elasticity - 1)))


def _times(laws: Attainments, factor: float) -> Attainments:
    others = tuple(
        Quantiles(law.reps, Times(law, factor), law.mean * factor) for law in laws.others
    )
    return replace(laws, log_mean=laws.log_mean + np.log(factor), others=others)


def company_sales(world: World, trials: int) -> Floats:
    """Return what everybody sells in all periods together, (set, trial) floats.

    Parameters
    ----------
    trials : int
        In each set.
    """
    sales = np.zeros((REPLICATES, trials))
    for block in attainment_blocks(world, trials):
        for target, attainment in zip(world.target, block.attainment, strict=True):
            sales[block.replicate, block.rows] += attainment @ target
    return sales
