"""Hypothesis draws the same examples in every run, unless asked to explore.

``QUOTAPLAN_EXPLORE=1`` draws new ones; ``QUOTAPLAN_EXAMPLES`` sets how many worlds the
property tests plan.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quotaplan",
    derandomize=not os.environ.get("QUOTAPLAN_EXPLORE"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("quotaplan")
