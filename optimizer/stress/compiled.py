"""Which way simulations go: by numpy, or by compiled kernels that find the same digits."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from optimizer.errors import InputError

if TYPE_CHECKING:
    from optimizer.compiled.kernels import Kernels

AUTO, NUMPY, COMPILED = "auto", "numpy", "compiled"

MANY = 200_000_000
"""Payouts from which on kernels save more time than it takes to load them."""


def kernels_for(kernel: str, payouts: int) -> Kernels | None:
    """Return compiled kernels, or None for numpy.

    Parameters
    ----------
    kernel : str
        ``auto``: kernels where there is much to do and they can be loaded; ``numpy``;
        ``compiled``: kernels whatever there is to do.
    payouts : int
        How many payouts there are to simulate.

    Raises
    ------
    InputError
        Where kernels are asked for and cannot be loaded, or the name is not known.
    """
    if kernel not in (AUTO, NUMPY, COMPILED):
        raise InputError(f'kernel = "{kernel}": write "{AUTO}", "{NUMPY}" or "{COMPILED}"')
    if kernel == NUMPY or (kernel == AUTO and (payouts < MANY or find_spec("numba") is None)):
        return None
    try:
        loaded: Kernels = import_module("optimizer.compiled.kernels").Kernels()
    except ImportError as error:
        # An installation that does not fit its numpy; digits are the same without it.
        if kernel == AUTO:
            return None
        raise InputError(
            f'compiled kernels cannot be loaded ({error}): pip install "quotaplan[fast]", or '
            f'leave the choice to kernel = "{AUTO}"'
        ) from error
    return loaded
