"""Rules of pay as a page words them: plain data, and which plan pays whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from decimal import Decimal
from typing import Any

from optimizer.domain.scenario import Scenario
from optimizer.incentives.match import plan_of_people
from optimizer.incentives.plan import Award, Bonus, Commission, Plan, Pool
from optimizer.incentives.read import FILE, read_incentives
from optimizer.inputs.load import load_scenarios
from optimizer.page.run import PageRun


def rules_block(run: PageRun, reps: Iterable[str]) -> dict[str, Any] | None:
    """Return the rules of pay of a run; None where it has none.

    Parameters
    ----------
    run : PageRun
    reps : iterable of str
        Whom the page is about.

    Returns
    -------
    dict or None
        ``plans``, ``pools`` and ``awards``; ``of``, the plan of each rep by name, −1 for none.

    Raises
    ------
    InputError
        With everything that is wrong with the rules.
    """
    if not (run.folder / "scenario" / FILE).is_file():
        return None
    known = set(reps)
    loaded = load_scenarios(run.folder / "scenario")
    scenario = loaded.scenarios[0]
    rules = read_incentives(loaded.beside[FILE], scenario)
    return {
        "unit": _money(scenario),
        "per_unit": float(scenario.settings.other.get("pay", {}).get("per_unit", 1)),
        "plans": [_plan(plan, known) for plan in rules.plans],
        "pools": [_pool(pool, known) for pool in rules.pools],
        "awards": [_award(award, known) for award in rules.awards],
        "of": _plans_of(rules.plans, scenario, known),
    }


def _money(scenario: Scenario) -> str:
    return str(scenario.settings.other.get("pay", {}).get("unit", scenario.settings.unit))


def _plans_of(plans: tuple[Plan, ...], scenario: Scenario, reps: Set[str]) -> dict[str, int]:
    if "people" not in scenario.tables:
        return {}
    names = scenario.tables["people"]["rep"].astype("str")
    found = zip(names, plan_of_people(plans, scenario).tolist(), strict=True)
    return {name: plan for name, plan in found if name in reps}


def _plan(plan: Plan, reps: Set[str]) -> dict[str, Any]:
    cap, guarantee = plan.cap, plan.guarantee
    return {
        "name": plan.name,
        "paid": plan.paid,
        "of": plan.of,
        "basis": plan.basis,
        "match": _match(plan.match, reps),
        "commissions": [_commission(block) for block in plan.commissions],
        "bonus": None if plan.bonus is None else _bonus(plan.bonus),
        "gates": [
            {"metric": gate.metric, "below": float(gate.below), "factor": _given(gate.factor)}
            for gate in sorted(plan.gates, key=lambda gate: (gate.metric, -gate.below))
        ],
        "cap": None if cap is None else {"times": _given(cap.times), "amount": _given(cap.amount)},
        "guarantee": None
        if guarantee is None
        else {"amount": float(guarantee.amount), "periods": guarantee.periods},
    }


def _match(match: Mapping[str, tuple[str, ...]], reps: Set[str]) -> dict[str, list[str]]:
    """Return whom a rule is for; of people it names only those whom the page is about."""
    return {
        column: [value for value in values if column != "rep" or value in reps]
        for column, values in match.items()
    }


def _commission(block: Commission) -> dict[str, Any]:
    return {
        "mode": block.mode,
        "products": list(block.products),
        "measure": block.measure,
        "per_unit": _given(block.per_unit),
        "steps": [
            {
                "from": _given(tier.start.attainment),
                "level": tier.start.level,
                "rate": float(tier.rate),
            }
            for tier in block.tiers
        ],
    }


def _bonus(bonus: Bonus) -> dict[str, Any]:
    incentive, rank, progress = bonus.target_incentive, bonus.rank, bonus.progress
    return {
        "amount": float(incentive) if isinstance(incentive, Decimal) else None,
        "column": incentive if isinstance(incentive, str) else "",
        "mode": bonus.mode,
        "steps": [
            {"from": float(knot.start), "multiplier": float(knot.multiplier)}
            for knot in bonus.knots
        ],
        "rank": None
        if rank is None
        else {
            "top": float(rank.top),
            "within": rank.within,
            "multiplier": float(rank.multiplier),
            "from": float(rank.start),
            "least": rank.min_group,
        },
        "progress": None
        if progress is None
        else {
            "gain": float(progress.gain),
            "from": float(progress.start),
            "multiplier": float(progress.multiplier),
        },
    }


def _pool(pool: Pool, reps: Set[str]) -> dict[str, Any]:
    return {
        "name": pool.name,
        "paid": pool.paid,
        "of": pool.of,
        "against": pool.measured_against,
        "rate": float(pool.rate),
        "over": float(pool.over),
        "trigger": float(pool.trigger),
        "split": pool.split,
        "match": _match(pool.match, reps),
    }


def _award(award: Award, reps: Set[str]) -> dict[str, Any]:
    return {
        "name": award.name,
        "paid": award.paid,
        "metric": award.metric,
        "at_least": float(award.at_least),
        "periods": award.periods,
        "consecutive": award.consecutive,
        "text": award.text,
        "amount": float(award.amount),
        "match": _match(award.match, reps),
    }


def _given(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
