"""Functions on arrays, compiled when they are first called and kept on disk for the next time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import numba

if numba.config.DISABLE_JIT:
    raise ImportError("NUMBA_DISABLE_JIT is set")

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Return a function that does the same, compiled.

    Every operation rounds as it is written: nothing is reordered, and no multiplication is merged
    with an addition. Where no folder for compiled functions can be written to, or a disk is full,
    they are compiled anew in each process.
    """
    try:
        kept = numba.njit(cache=True, error_model="numpy", fastmath=False)(function)
    except RuntimeError:
        kept = numba.njit(error_model="numpy", fastmath=False)(function)
    else:
        _keep_if_there_is_room(kept)
    return cast(Function, kept)


def _keep_if_there_is_room(kept: Any) -> None:
    """Let a compiled function be used where it cannot be saved."""
    save = kept._cache.save_overload

    def save_or_leave(signature: object, found: object) -> None:
        with suppress(OSError):
            save(signature, found)

    kept._cache.save_overload = save_or_leave
