"""HiGHS that prints nothing, not even its name."""

from __future__ import annotations

import highspy


class QuietHighs(highspy.Highs):  # type: ignore[misc]
    """HiGHS without output from its first moment on.

    From 1.16 on a new instance prints its version when callbacks are made ready, before anybody
    can tell it not to. Standard output belongs to the command.
    """

    def enableCallbacks(self) -> None:
        """Make callbacks ready, as the instance does first of all, with the output off."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


def solver_version() -> str:
    """Return the version of HiGHS."""
    return str(QuietHighs().version())
