"""quotaplan: a sales goal handed down to quarters, products, regions and people, exactly.

The names below are the whole public surface; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.advice.parts import Advice
    from optimizer.batch.batch import Batch, batch_run
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
    from optimizer.frontier.frontier import Frontier, frontier_run
    from optimizer.incentives.plan import IncentivePlan
    from optimizer.incentives.read import read_incentives
    from optimizer.inputs.load import Loaded, load_scenarios
    from optimizer.pacing.pace import pace_run
    from optimizer.pacing.pacing import Pacing
    from optimizer.page.report import Report, write_report
    from optimizer.pay.pay import Pay, pay_run
    from optimizer.pipeline import PlanResult, plan
    from optimizer.planning.measure import MeasurePlan
    from optimizer.proposal.proposal import Proposal, propose_run
    from optimizer.recalibrate.recalibration import Recalibration
    from optimizer.recalibrate.run import recalibrate_run
    from optimizer.review.review import Review
    from optimizer.review.run import review_run
    from optimizer.schema.schema import schema_of
    from optimizer.scorecards.card import Scorecard
    from optimizer.scorecards.read import read_scorecard
    from optimizer.scorecards.scores import Scores, score_run
    from optimizer.stress.stress import Stress, stress_run
    from optimizer.tune.tune import Tuning, tune_run
    from optimizer.verify.failures import Verification
    from optimizer.verify.verify import verify_run
    from optimizer.whatif.answer import Answer
    from optimizer.whatif.session import Session
    from optimizer.whatif.sweep import sweep

_HOME = {
    "Advice": "advice.parts",
    "Answer": "whatif.answer",
    "Batch": "batch.batch",
    "Change": "errors",
    "Comparison": "compare.comparison",
    "ContradictionError": "errors",
    "DefectError": "errors",
    "Explanation": "explain.explanation",
    "Finding": "errors",
    "Frontier": "frontier.frontier",
    "IncentivePlan": "incentives.plan",
    "InputError": "errors",
    "Loaded": "inputs.load",
    "MeasurePlan": "planning.measure",
    "Pacing": "pacing.pacing",
    "Pay": "pay.pay",
    "PlanResult": "pipeline",
    "Proposal": "proposal.proposal",
    "QuotaplanError": "errors",
    "Recalibration": "recalibrate.recalibration",
    "Report": "page.report",
    "Review": "review.review",
    "Scorecard": "scorecards.card",
    "Scores": "scorecards.scores",
    "Session": "whatif.session",
    "SolverError": "errors",
    "Stress": "stress.stress",
    "Tuning": "tune.tune",
    "Verification": "verify.failures",
    "batch_run": "batch.batch",
    "compare_runs": "compare.comparison",
    "copy_example": "bundled",
    "example_names": "bundled",
    "explain_run": "explain.explanation",
    "frontier_run": "frontier.frontier",
    "load_scenarios": "inputs.load",
    "pace_run": "pacing.pace",
    "pay_run": "pay.pay",
    "plan": "pipeline",
    "propose_run": "proposal.proposal",
    "read_incentives": "incentives.read",
    "read_scorecard": "scorecards.read",
    "recalibrate_run": "recalibrate.run",
    "review_run": "review.run",
    "schema_of": "schema.schema",
    "score_run": "scorecards.scores",
    "stress_run": "stress.stress",
    "sweep": "whatif.sweep",
    "tune_run": "tune.tune",
    "verify_run": "verify.verify",
    "write_report": "page.report",
}

__all__ = [
    "Advice",
    "Answer",
    "Batch",
    "Change",
    "Comparison",
    "ContradictionError",
    "DefectError",
    "Explanation",
    "Finding",
    "Frontier",
    "IncentivePlan",
    "InputError",
    "Loaded",
    "MeasurePlan",
    "Pacing",
    "Pay",
    "PlanResult",
    "Proposal",
    "QuotaplanError",
    "Recalibration",
    "Report",
    "Review",
    "Scorecard",
    "Scores",
    "Session",
    "SolverError",
    "Stress",
    "Tuning",
    "Verification",
    "batch_run",
    "compare_runs",
    "copy_example",
    "example_names",
    "explain_run",
    "frontier_run",
    "load_scenarios",
    "pace_run",
    "pay_run",
    "plan",
    "propose_run",
    "read_incentives",
    "read_scorecard",
    "recalibrate_run",
    "review_run",
    "schema_of",
    "score_run",
    "stress_run",
    "sweep",
    "tune_run",
    "verify_run",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'optimizer' has no attribute {name!r}")
    return getattr(import_module(f"optimizer.{_HOME[name]}"), name)
