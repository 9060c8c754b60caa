"""A failing input made as small as it goes while it still fails in the same place."""

from __future__ import annotations

import time
from collections.abc import Callable


def shrunk(data: bytes, fails: Callable[[bytes], bool], seconds: float = 20.0) -> bytes:
    """Return a shorter input that fails too; lines are taken out first, then bytes.

    Parameters
    ----------
    data : bytes
    fails : function of bytes
        Whether an input fails as `data` does.
    seconds : float
        How long to try.
    """
    end = time.monotonic() + seconds
    for pieces in (_lines, _bytes):
        parts = pieces(data)
        size = max(len(parts) // 2, 1)
        while size:
            start = 0
            while start < len(parts):
                if time.monotonic() > end:
                    return b"".join(parts)
                left = parts[:start] + parts[start + size :]
                if fails(b"".join(left)):
                    parts = left
                else:
                    start += size
            size //= 2
        data = b"".join(parts)
    return data


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def _bytes(data: bytes) -> list[bytes]:
    return [data[place : place + 1] for place in range(len(data))]
