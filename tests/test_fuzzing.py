"""Broken inputs of every kind are read or refused in words; what once was not stays mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="limits of time and memory are set as Unix does")

from tests.fuzzing.campaign import execute, kind_of
from tests.fuzzing.guard import attempt
from tests.fuzzing.targets import Target, Workshop, targets

CORPUS = Path(__file__).resolve().parent / "corpus"
KEPT = sorted(path for path in CORPUS.glob("*/*") if path.is_file())
SMOKE = {
    "toml": 2000, "incentive": 2000, "scorecard": 2000, "csv": 150, "parquet": 80, "actuals": 60,
    "xlsx": 25, "locks": 10, "scenario": 20, "run": 20,
    "columnar": 20, "recalibrated": 20, "command": 80,
}  # fmt: skip
"""Target → inputs that are broken afresh in each test run: those of seed 0."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Target]:
    makers = targets(Workshop(tmp_path_factory.mktemp("fuzzing")))
    known: dict[str, Target] = {}

    def make(name: str) -> Target:
        if name not in known:
            known[name] = makers[name]()
        return known[name]

    return make


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_once_failed_is_read_or_refused(path: Path, made: Callable[[str], Target]) -> None:
    target = made(path.parent.name)
    _, failure = attempt(lambda: target.read(kind_of(path), path.read_bytes()))
    assert failure is None, failure.text


@pytest.mark.parametrize("name", SMOKE)
def test_good_inputs_are_read(name: str, made: Callable[[str], Target]) -> None:
    """What is broken on purpose begins with inputs that are good, or little would be tried."""
    target = made(name)
    for kind, (seed, *_) in target.seeds.items():
        outcome, failure = attempt(lambda: target.read(kind, seed))  # noqa: B023 (called at once)
        assert outcome == "read", (kind, failure and failure.text)


@pytest.mark.parametrize("name", SMOKE)
def test_broken_inputs_are_read_or_refused(name: str, made: Callable[[str], Target]) -> None:
    campaign = execute(name, made(name), SMOKE[name], seed=0)
    assert not campaign.failures, "\n".join(one[-1].text for one in campaign.failures.values())
    assert {"read", "refused"} <= set(campaign.outcomes)


def test_the_guard_tells_what_is_wrong() -> None:
    """Errors of other kinds, warnings, and what never ends are failures."""

    def warn() -> None:
        import warnings

        warnings.warn("old", DeprecationWarning, stacklevel=1)

    assert attempt(lambda: None) == ("read", None)
    for execution in (lambda: {}["x"], lambda: 1 / 0, warn):
        outcome, failure = attempt(execution)
        assert outcome == "failed"
        assert failure is not None
