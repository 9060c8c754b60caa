"""Hypothesis draws the same examples in every run, unless asked to explore.

``QUOTAPLAN_EXPLORE=1`` draws new ones; ``QUOTAPLAN_EXAMPLES`` sets how many worlds the
property tests plan.
"""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from optimizer.terminal import progress

settings.register_profile(
    "quotaplan",
    derandomize=not os.environ.get("QUOTAPLAN_EXPLORE"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("quotaplan")

# A job in the background ignores interrupts, and so does all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a slow machine from showing progress among the messages of commands."""
    monkeypatch.setattr(progress, "SHOWN_AFTER", 3600.0)
