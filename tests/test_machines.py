"""The comparison of two types of machine, on one: it must see what differs."""

from __future__ import annotations

import sys
from pathlib import Path

import machines
import pytest


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (b"a,1.5\nb,2\n", b"a,1.25\nb,2.0\n", "0.25"),
        (b"a,1e-9\n", b"a,-1e-9\n", "2e-09"),
        (b"a,1\n", b"b,1\n", "other words or rows"),
        (b"a,1\n", b"a,1\nb,2\n", "other words or rows"),
    ],
)
def test_a_difference_is_that_of_numbers_or_of_words(one: bytes, other: bytes, words: str) -> None:
    assert machines.apart(one, other) == words


def test_files_that_differ_or_are_missing_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    here = {"a.csv": b"1", "b.csv": b"1", "c.png": b"1", "only.csv": b""}
    there = {"a.csv": b"1", "b.csv": b"1.5", "c.png": b"2"}
    assert machines.compared("some", here, there) == 2
    told = capsys.readouterr().out
    assert told.startswith("some: 4 files, 2 compared, 1 differ\n  b.csv: 0.5\n")
    assert "only.csv: on one machine only" in told


def test_one_machine_gives_the_same_twice(tmp_path: Path) -> None:
    scenario = Path(machines.ROOT) / "scenarios" / "company-a"
    found = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        found.append(machines.run([sys.executable], tmp_path / name, "plan", str(scenario)))
    assert len(found[0]) == 15
    assert machines.compared("company-a", *found) == 0
    with pytest.raises(SystemExit, match="no such scenario"):
        machines.run([sys.executable], tmp_path, "plan", str(tmp_path / "nothing"))


def test_worlds_with_other_targets_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([b"0 [1]\n1 [2]\n", b"0 [1]\n1 [3]\n"])

    class Done:
        def __init__(self, *_command: object, **_options: object) -> None:
            self.stdout = next(told)

    monkeypatch.setattr(machines.subprocess, "run", Done)
    assert machines.worlds_apart([""], [""], 2) == 1
