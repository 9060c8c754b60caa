"""The kernels whose tests are tested by mutants: their modules, and the tests that try them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Kernel:
    """A kernel.

    Attributes
    ----------
    modules : tuple of str
        Files from the root of the project.
    tests : tuple of str
        Test files that are run on its mutants.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]


def kernel(room: str, modules: str, tests: str) -> Kernel:
    """Return a kernel of a room; names may have a star, and those after a minus are left out."""
    folder = ROOT / "optimizer" / room
    chosen, _, without = modules.partition(" - ")
    paths, left_out = (
        {path for name in names.split() for path in folder.glob(f"{name}.py")}
        for names in (chosen, without)
    )
    code = sorted(str(path.relative_to(ROOT)) for path in paths - left_out)
    return Kernel(tuple(code), tuple(f"tests/test_{name}.py" for name in tests.split()))


KERNELS = {
    "allocation": kernel(
        "model",
        "pooled* filled ascent newton curves bound blocks pieces coupling streets decomposed*",
        "kernel_allocation kernel_allocation_bounds kernel_allocation_steps "
        "kernel_allocation_parts kernel_allocation_plans kernel_allocation_small "
        "kernel_allocation_edges pooled decomposed scale effort_and_years",
    ),
    "rounding": kernel(
        "results",
        "rounding whole_* nearest remainder unit_by_unit exchanges region_units chained "
        "region_task region_rows in_order",
        "kernel_rounding kernel_rounding_rows kernel_rounding_units kernel_rounding_totals "
        "kernel_rounding_people kernel_rounding_cells kernel_rounding_edges rounding "
        "whole_effort people_limits fine_units",
    ),
    "verify": kernel(
        "verify",
        "* - __init__ *recalibrat*",
        "kernel_verify kernel_verify_small kernel_verify_edges kernel_verify_plans "
        "kernel_verify_tables "
        "kernel_verify_why kernel_verify_inputs kernel_verify_proof kernel_verify_files "
        "verify_rules verify_damage verify_columns verify_telling",
    ),
    "pay": kernel(
        "pay",
        "period levels line earned exact pools extras rank payout before_plan",
        "kernel_pay kernel_pay_period pay pay_cases pay_interpreter score_pay recalibrated_pay "
        "stress_and_pay incentive_pages",
    ),
    "stress": kernel(
        "stress",
        "payout closed tiers pools awards gates schedule attainment measures moments sobol course "
        "gaming",
        "kernel_stress kernel_stress_rules kernel_stress_course stress_pay stress_random "
        "stress_looking_back stress_simulation",
    ),
}
