"""An interrupt while the program is still loading: told in a line, as every other is.

Importing this is what takes effect, so it stands before all that takes time to load.
"""

from __future__ import annotations

import sys
from types import TracebackType

INTERRUPTED = 130


def tell_interrupt(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell an interrupt that nobody caught in a line, and anything else as Python does."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    if sys.stderr is not None:
        sys.stderr.write("Interrupted.\n")
    raise SystemExit(INTERRUPTED)


sys.excepthook = tell_interrupt
