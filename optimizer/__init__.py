"""quotaplan: a sales goal handed down to quarters, products, regions and people, exactly.

The names below are the whole public surface; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.bundled import copy_example, example_names
    from optimizer.errors import (
        Change,
        ContradictionError,
        DefectError,
        Finding,
        InputError,
        QuotaplanError,
        SolverError,
    )
    from optimizer.inputs.load import Loaded, load_scenarios
    from optimizer.pipeline import PlanResult, plan
    from optimizer.results.measure import MeasurePlan
    from optimizer.verify.failures import Verification
    from optimizer.verify.verify import verify_run

_HOME = {
    "Change": "errors",
    "ContradictionError": "errors",
    "DefectError": "errors",
    "Finding": "errors",
    "InputError": "errors",
    "Loaded": "inputs.load",
    "MeasurePlan": "results.measure",
    "PlanResult": "pipeline",
    "QuotaplanError": "errors",
    "SolverError": "errors",
    "Verification": "verify.failures",
    "copy_example": "bundled",
    "example_names": "bundled",
    "load_scenarios": "inputs.load",
    "plan": "pipeline",
    "verify_run": "verify.verify",
}

__all__ = [
    "Change",
    "ContradictionError",
    "DefectError",
    "Finding",
    "InputError",
    "Loaded",
    "MeasurePlan",
    "PlanResult",
    "QuotaplanError",
    "SolverError",
    "Verification",
    "copy_example",
    "example_names",
    "load_scenarios",
    "plan",
    "verify_run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'optimizer' has no attribute {name!r}")
    return getattr(import_module(f"optimizer.{_HOME[name]}"), name)
