"""``[stress]`` of a scenario: trials, budget, how attainments spread, what may go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from optimizer.domain.scenario import Settings
from optimizer.errors import InputError
from optimizer.incentives.read import FILE

DEFAULT_TRIALS = 10_000
DEFAULT_MEAN, DEFAULT_CV = 1.0, 0.25
DEFAULT_COMPANY, DEFAULT_REGION = 0.3, 0.2

Match = Mapping[str, tuple[str, ...]]
"""Column of people → the values it may take; empty means everyone."""


@dataclass(frozen=True)
class Spread:
    """How the attainments of some reps spread.

    Attributes
    ----------
    model : str
        ``lognormal``, ``gamma`` or ``history``.
    mean : float or None
        Mean attainment; None with ``history``: as history has it.
    cv : float
        Standard deviation / mean; not used with ``history``.
    match : mapping of str to tuple of str
        Whom it is for.
    """

    model: str = "lognormal"
    mean: float | None = DEFAULT_MEAN
    cv: float = DEFAULT_CV
    match: Match = field(default_factory=dict)


@dataclass(frozen=True)
class Shock:
    """Something that leaves `factor` of the sales of those whom it hits.

    Attributes
    ----------
    probability : float or None
        How likely it is for the whole plan; None: a what-if that is only shown beside.
    """

    name: str
    factor: float
    probability: float | None = None
    match: Match = field(default_factory=dict)


@dataclass(frozen=True)
class StressRules:
    """What ``[stress]`` says, defaults filled in.

    Attributes
    ----------
    trials, seed : int
    budget : float or None
        In the scenario's unit.
    metrics : mapping of str to float
        Level of each measure that gates and awards look at.
    measures : mapping of str to float
        What a unit of the main measure brings of each measure without targets.
    spreads : tuple of Spread
        The first that matches a rep counts; the last one matches everyone.
    company, region : float
        Share of the variance of log attainment that all, or a region, have in common.
    shocks : tuple of Shock
    assumed : tuple of str
        What the scenario does not say, in words.
    """

    trials: int = DEFAULT_TRIALS
    seed: int = 0
    budget: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    spreads: tuple[Spread, ...] = (Spread(),)
    company: float = DEFAULT_COMPANY
    region: float = DEFAULT_REGION
    shocks: tuple[Shock, ...] = ()
    assumed: tuple[str, ...] = ()


def with_trials(rules: StressRules, trials: int | None, seed: int | None) -> StressRules:
    """Return rules with trials and a seed in place of their own, where these are given.

    Raises
    ------
    InputError
    """
    if trials is not None and trials < 1:
        raise InputError("--trials is at least 1")
    if seed is not None and seed < 0:
        raise InputError(f"--seed {seed}: a seed is a whole number from 0 on")
    return replace(
        rules,
        trials=rules.trials if trials is None else trials,
        seed=rules.seed if seed is None else seed,
    )


def read_rules(settings: Settings) -> StressRules:
    """Return the rules of a scenario.

    Raises
    ------
    InputError
        Where a shock has no name or factor, or two have one name.
    """
    keys = settings.other.get("stress", {})
    correlation = keys.get("correlation", {})
    if correlation:
        correlation = {"company": 0.0, "region": 0.0} | correlation
    by = tuple(_spread(one.get("attainment", {}), one.get("match")) for one in keys.get("by", ()))
    return StressRules(
        trials=int(keys.get("trials", DEFAULT_TRIALS)),
        seed=settings.seed,
        budget=None if "budget" not in keys else float(keys["budget"]),
        metrics={name: float(value) for name, value in keys.get("metrics", {}).items()},
        measures={name: float(value) for name, value in keys.get("measures", {}).items()},
        spreads=(*by, _spread(keys.get("attainment", {}), None)),
        company=float(correlation.get("company", DEFAULT_COMPANY)),
        region=float(correlation.get("region", DEFAULT_REGION)),
        shocks=_shocks(keys.get("shock", ())),
        assumed=tuple(_assumed(keys)),
    )


def read_match(written: Any) -> dict[str, tuple[str, ...]]:
    """Return column → values it may take, from texts or lists of texts."""
    return {
        str(column): tuple(map(str, values)) if isinstance(values, list) else (str(values),)
        for column, values in (written or {}).items()
    }


def _spread(keys: Mapping[str, Any], match: Any) -> Spread:
    model = keys.get("model", "lognormal")
    mean = keys.get("mean", None if model == "history" else DEFAULT_MEAN)
    cv = float(keys.get("cv", DEFAULT_CV))
    return Spread(model, None if mean is None else float(mean), cv, read_match(match))


def _shocks(written: Any) -> tuple[Shock, ...]:
    shocks = []
    for number, keys in enumerate(written, start=1):
        for key, example in (("name", '"price war"'), ("factor", "0.8")):
            if key not in keys:
                raise InputError(f"[[stress.shock]] {number} has no {key}; write {key} = {example}")
        chance = keys.get("probability")
        shocks.append(
            Shock(
                str(keys["name"]),
                float(keys["factor"]),
                None if chance is None else float(chance),
                read_match(keys.get("match")),
            )
        )
    names = [shock.name for shock in shocks]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two [[stress.shock]] are named {doubled[0]}; rename one")
    return tuple(shocks)


def _assumed(keys: Mapping[str, Any]) -> list[str]:
    assumed = []
    if "attainment" not in keys:
        assumed.append(
            f"attainment: lognormal with mean {DEFAULT_MEAN:g} and cv {DEFAULT_CV:g}; "
            "write [stress] attainment"
        )
    if "correlation" not in keys:
        assumed.append(
            f"correlation: {DEFAULT_COMPANY:g} of the variance company-wide, "
            f"{DEFAULT_REGION:g} by region; write [stress] correlation"
        )
    return assumed


def rules_name(incentive: Path | str | None) -> str:
    """Return the name of the file that rules of pay came from.

    Parameters
    ----------
    incentive : path or None
        Rules in place of the run's own.
    """
    return FILE if incentive is None else Path(incentive).name
