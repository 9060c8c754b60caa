"""``scorecard.toml`` → scorecards, or everything that is wrong with them at once."""

from __future__ import annotations

from pathlib import Path

from optimizer.errors import Finding, InputError
from optimizer.incentives.read import FILE as INCENTIVES
from optimizer.incentives.read import check_incentives
from optimizer.inputs.document import parse_toml
from optimizer.inputs.forms import built, check_lengths, content_of, missing_keys
from optimizer.inputs.loaded import Loaded
from optimizer.inputs.sound_keys import Declared, sound_keys
from optimizer.scorecards.build import build_grade, build_metric
from optimizer.scorecards.card import Grade, Metric, Scorecard
from optimizer.scorecards.check_form import LONGEST, free_forms, some_metric, stated_policy
from optimizer.scorecards.check_metrics import (
    check_alone,
    check_grades,
    check_metric,
    check_reach,
)
from optimizer.scorecards.check_people import check_people
from optimizer.scorecards.check_sources import check_sources
from optimizer.scorecards.keys import KEYS, REQUIRED

FILE = "scorecard.toml"

_DECLARED = Declared(KEYS)


def read_scorecard(source: bytes | Path, loaded: Loaded | None = None) -> Scorecard:
    """Read scorecards.

    Parameters
    ----------
    source : bytes or Path
        Content of ``scorecard.toml`` as ``Loaded.beside`` has it, or the file.
    loaded : Loaded, optional
        The scenario whose people they are for: names are checked against it.

    Returns
    -------
    Scorecard

    Raises
    ------
    InputError
        With everything that is wrong, by row.
    """
    card, found = examined(*content_of(source, FILE), loaded)
    errors = [finding for finding in found if finding.severity == "error"]
    if errors or card is None:
        raise InputError(errors)
    return card


def check_scorecard(source: bytes | Path, loaded: Loaded | None = None) -> list[Finding]:
    """Return everything wrong or worth noting in scorecards, by row.

    Parameters
    ----------
    source, loaded
        As `read_scorecard` has them.

    Raises
    ------
    InputError
        Where the file cannot be read or is no TOML.
    """
    return examined(*content_of(source, FILE), loaded)[1]


def check_beside(loaded: Loaded) -> list[Finding]:
    """Return what is worth noting in the rules beside a scenario: of pay, and scorecards.

    Raises
    ------
    InputError
        With everything that is wrong with them.
    """
    found: list[Finding] = []
    if (rules := loaded.beside.get(INCENTIVES)) is not None:
        found += check_incentives(rules, loaded.scenarios[0])
    if (cards := loaded.beside.get(FILE)) is not None:
        found += check_scorecard(cards, loaded)
    if errors := [finding for finding in found if finding.severity == "error"]:
        raise InputError(errors)
    return found


def examined(
    data: bytes, file: str, loaded: Loaded | None
) -> tuple[Scorecard | None, list[Finding]]:
    """Return the scorecards (None where they are unsound) and all findings, by row.

    Raises
    ------
    InputError
        Where the file is no TOML, or a list in it is far too long.
    """
    document = parse_toml(data, file)
    check_lengths(document, LONGEST)
    _, found = sound_keys(document, _DECLARED)
    found += missing_keys(document, REQUIRED)
    for rule in (some_metric, stated_policy, free_forms):
        found += rule(document)
    missing = str(document.keys.get("missing", "error"))
    metrics: dict[str, Metric] = built(
        document, "metric", lambda keys: build_metric(keys, missing), found
    )
    grades: dict[str, Grade] = built(document, "grades", build_grade, found)
    for path, metric in metrics.items():
        found += check_metric(document, path, metric)
    found += check_grades(document, grades)
    found += check_reach(document, metrics, grades)
    found += check_alone(document, metrics)
    written = document.keys.get("metric", [])
    if loaded is not None and isinstance(written, list) and len(metrics) == len(written):
        scenario = loaded.scenarios[0]
        measures = [one.settings.measure for one in loaded.scenarios]
        found += check_people(document, metrics, scenario)
        found += check_sources(document, metrics, scenario, measures)
    found = sorted(set(found))
    if any(finding.severity == "error" for finding in found):
        return None, found
    return Scorecard(tuple(metrics.values()), tuple(grades.values())), found
