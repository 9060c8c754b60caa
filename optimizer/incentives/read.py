"""``incentive.toml`` → the rules of pay, or everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

from optimizer.domain.scenario import Scenario
from optimizer.errors import Finding, InputError
from optimizer.incentives.build import build_award, build_plan, build_pool
from optimizer.incentives.check_form import LONGEST, free_forms, no_vast_numbers, one_cap
from optimizer.incentives.check_people import check_people
from optimizer.incentives.check_rules import check_plan, check_whole
from optimizer.incentives.keys import KEYS, REQUIRED
from optimizer.incentives.plan import IncentivePlan
from optimizer.inputs.document import parse_toml
from optimizer.inputs.forms import built, check_lengths, content_of, missing_keys
from optimizer.inputs.sound_keys import Declared, sound_keys

FILE = "incentive.toml"

_DECLARED = Declared(KEYS)
_BUILD = {"plan": build_plan, "pool": build_pool, "award": build_award}


def read_incentives(source: bytes | Path, scenario: Scenario | None = None) -> IncentivePlan:
    """Read the rules of pay.

    Parameters
    ----------
    source : bytes or Path
        Content of ``incentive.toml`` as ``Loaded.beside`` has it, or the file.
    scenario : Scenario, optional
        Whom the rules are for: names are checked against it.

    Returns
    -------
    IncentivePlan

    Raises
    ------
    InputError
        With everything that is wrong, by row.
    """
    plan, found = examined(*content_of(source, FILE), scenario)
    errors = [finding for finding in found if finding.severity == "error"]
    if errors or plan is None:
        raise InputError(errors)
    return plan


def check_incentives(source: bytes | Path, scenario: Scenario | None = None) -> list[Finding]:
    """Return everything wrong or worth noting in the rules of pay, by row.

    Parameters
    ----------
    source, scenario
        As `read_incentives` has them.

    Raises
    ------
    InputError
        Where the file cannot be read or is no TOML.
    """
    return examined(*content_of(source, FILE), scenario)[1]


def examined(
    data: bytes, file: str, scenario: Scenario | None
) -> tuple[IncentivePlan | None, list[Finding]]:
    """Return the rules of pay (None where they are unsound) and all findings, by row.

    Raises
    ------
    InputError
        Where the file is no TOML, or a list in it is far too long.
    """
    document = parse_toml(data, file)
    check_lengths(document, LONGEST)
    _, found = sound_keys(document, _DECLARED)
    found += missing_keys(document, REQUIRED)
    for rule in (free_forms, no_vast_numbers, one_cap):
        found += rule(document)
    parts = {name: built(document, name, build, found) for name, build in _BUILD.items()}
    for path, plan in parts["plan"].items():
        found += check_plan(document, path, plan)
    found += check_whole(document, parts)
    if scenario is not None:
        found += check_people(document, parts, scenario)
    found = sorted(set(found))
    if any(finding.severity == "error" for finding in found):
        return None, found
    plans, pools, awards = (tuple(parts[name].values()) for name in _BUILD)
    return IncentivePlan(plans, pools, awards), found
