"""quotaplan: a sales goal handed down to quarters, products, regions and people, exactly.

The names below are the whole public surface; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.advice.parts import Advice
    from optimizer.bundled import copy_example, example_names
    from optimizer.compare.comparison import Comparison, compare_runs
    from optimizer.errors import (
        Change,
        ContradictionError,
        DefectError,
        Finding,
        InputError,
        QuotaplanError,
        SolverError,
    )
    from optimizer.explain.explanation import Explanation, explain_run
    from optimizer.inputs.load import Loaded, load_scenarios
    from optimizer.pipeline import PlanResult, plan
    from optimizer.planning.measure import MeasurePlan
    from optimizer.verify.failures import Verification
    from optimizer.verify.verify import verify_run
    from optimizer.whatif.answer import Answer
    from optimizer.whatif.session import Session

_HOME = {
    "Advice": "advice.parts",
    "Answer": "whatif.answer",
    "Change": "errors",
    "Comparison": "compare.comparison",
    "ContradictionError": "errors",
    "DefectError": "errors",
    "Explanation": "explain.explanation",
    "Finding": "errors",
    "InputError": "errors",
    "Loaded": "inputs.load",
    "MeasurePlan": "planning.measure",
    "PlanResult": "pipeline",
    "QuotaplanError": "errors",
    "Session": "whatif.session",
    "SolverError": "errors",
    "Verification": "verify.failures",
    "compare_runs": "compare.comparison",
    "copy_example": "bundled",
    "example_names": "bundled",
    "explain_run": "explain.explanation",
    "load_scenarios": "inputs.load",
    "plan": "pipeline",
    "verify_run": "verify.verify",
}

__all__ = [
    "Advice",
    "Answer",
    "Change",
    "Comparison",
    "ContradictionError",
    "DefectError",
    "Explanation",
    "Finding",
    "InputError",
    "Loaded",
    "MeasurePlan",
    "PlanResult",
    "QuotaplanError",
    "Session",
    "SolverError",
    "Verification",
    "compare_runs",
    "copy_example",
    "example_names",
    "explain_run",
    "load_scenarios",
    "plan",
    "verify_run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'optimizer' has no attribute {name!r}")
    return getattr(import_module(f"optimizer.{_HOME[name]}"), name)
