"""Mutation testing itself: what is changed, what is left alone, and that a mutant is lived with."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import mutants
import pytest
from kernels import KERNELS, Kernel
from mutants import mutants_of, mutated, with_probes

from optimizer.incentives.plan import Rank
from optimizer.pay import rank

pytest.importorskip("resource", reason="mutants are tried in forks")
mutation = importlib.import_module("mutation")
reach = importlib.import_module("reach")

RANK = "optimizer/pay/rank.py"
SAMPLE = '''\
"""Says 1 + 1."""
SCALE: int = 3
__all__ = ["half"]


def half(amount: int, side: str = "left") -> int | None:
    """Return 1 / 2 of it."""
    if amount < 0 and not side:
        raise ValueError(f"{amount + 1} is" + " below 0")
    rows = sorted([amount, 7][1:])
    rows[0] -= min(amount, 1)
    return rows[0] // 2 if isinstance(amount, int | float) else None
'''


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    (tmp_path / "sample.py").write_text(SAMPLE, encoding="utf-8")
    return "sample.py"


def test_every_kind_of_change_is_made_and_nothing_that_is_only_read(sample: str) -> None:
    found = [(one.before, one.after, one.function) for one in mutants_of(sample)]
    assert found == [
        ("3", "4", ""),
        ("'left'", "'right'", ""),
        ("amount < 0 and (not side)", "amount < 0 or not side", "half"),
        ("amount < 0", "amount <= 0", "half"),
        ("0", "1", "half"),
        ("not side", "side", "half"),
        ("raise ValueError(f'{amount + 1} is' + ' below 0')", "pass", "half"),
        ("sorted([amount, 7][1:])", "sorted([amount, 7][1:])[::-1]", "half"),
        ("7", "8", "half"),
        ("1:", ":", "half"),
        ("1", "2", "half"),
        ("rows[0] -= min(amount, 1)", "rows[0] += min(amount, 1)", "half"),
        ("rows[0] -= min(amount, 1)", "pass", "half"),
        ("0", "1", "half"),
        ("min", "max", "half"),
        ("1", "2", "half"),
        (
            "rows[0] // 2 if isinstance(amount, int | float) else None",
            "rows[0] // 2 if not isinstance(amount, int | float) else None",
            "half",
        ),
        ("rows[0] // 2", "rows[0] / 2", "half"),
        ("0", "1", "half"),
        ("2", "3", "half"),
    ]


def test_a_mutant_is_the_module_with_one_change(sample: str) -> None:
    answers = set()
    for one in mutants_of(sample):
        names: dict[str, object] = {}
        exec(mutated(one), names)
        half = names["half"]
        assert callable(half)
        if one.function and one.before != "sorted([amount, 7][1:])":
            try:
                answers.add((half(4), half(0)))
            except (IndexError, ValueError):
                answers.add(("fails", "fails"))
    assert answers >= {(3, 3), (4, 3), (3.0, 3.5), (2, 2), ("fails", "fails")}


def test_probes_hear_of_each_statement(sample: str) -> None:
    heard: list[tuple[str, int, int]] = []
    names: dict[str, object] = {"heard": heard.append}
    exec(with_probes(sample, "heard"), names)
    half = names["half"]
    assert callable(half)
    assert half(4) == 3
    assert heard == [(sample, line, 4) for line in (7, 8, 10, 11, 12)]


@pytest.fixture
def live() -> Iterator[dict[tuple[str, int], list[object]]]:
    """Yield the functions of a module of pay; they get their own code back."""
    found = reach.functions([RANK])[RANK]
    own = [(one, one.__code__) for several in found.values() for one in several]
    yield found
    for function, code in own:
        function.__code__ = code


def test_mutants_change_functions_that_are_in_use(
    live: dict[tuple[str, int], list[object]],
) -> None:
    """One rule of rank with a known answer notices half of the mutants, and each is undone."""
    rule = Rank(Decimal("0.4"), Decimal(1), start=Decimal("0.9"), min_group=3)
    people = [("*", name, Decimal(number)) for name, number in ("a1", "b3", "c2", "d2", "e0")]
    noticed = 0
    chosen = mutants_of(RANK)
    for one in chosen:
        reach.swap(live, mutated(one))
        try:
            noticed += rank.winners(rule, people) != {"b", "c", "d"}
        except (IndexError, AttributeError, TypeError):
            noticed += 1
    assert len(chosen) // 2 <= noticed < len(chosen)


@pytest.mark.slow
def test_a_hunt_tells_what_survives_and_touches_no_file(tmp_path: Path) -> None:
    """A test that ties at the cut win is shown all mutants of the rule, and notices most."""
    tests = "tests/test_kernel_pay.py"
    case = f"{tests}::test_ties_at_the_cut_win_in_groups_that_are_large_enough"
    places = [(RANK, *one.statement) for one in mutants_of(RANK)]
    known = tmp_path / "tiny" / "test_kernel_pay.json"
    known.parent.mkdir()
    known.write_text(json.dumps({case: {"seconds": 0.1, "places": places}}), encoding="utf-8")
    before = (mutants.ROOT / RANK).read_bytes()
    code = f"""
from pathlib import Path
from mutation import KERNELS, Kernel, hunt
KERNELS["tiny"] = Kernel(("{RANK}",), ("{tests}",))
hunt("tiny", Path({str(tmp_path)!r}), "99", 7)
hunt("tiny", Path({str(tmp_path)!r}), "again", 7)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=mutants.ROOT, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": "tests"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    number = len(places)
    told = re.findall(rf"tiny: (\d+) of {number} mutants noticed, of {number} in all", done.stdout)
    assert len(told) == 2 and told[0] == told[1]
    assert number - 3 <= int(told[0]) <= number
    lines = [json.loads(line) for line in (tmp_path / "tiny-7.jsonl").read_text().splitlines()]
    assert {one["test"] for one in lines if one["verdict"] == "killed"} == {case}
    assert (mutants.ROOT / RANK).read_bytes() == before


def test_samples_are_spread_over_modules_and_drawn_alike() -> None:
    kernel = Kernel((RANK, "optimizer/pay/line.py", "optimizer/pay/pools.py"), ())
    chosen = mutation.drawn(kernel, 30, 7)
    assert chosen == mutation.drawn(kernel, 30, 7) != mutation.drawn(kernel, 30, 8)
    assert len(set(chosen)) == 30
    numbers = {path: len(mutants_of(path)) for path in kernel.modules}
    for path, number in numbers.items():
        share = 30 * number / sum(numbers.values())
        assert abs(sum(one.path == path for one in chosen) - share) <= 1


def test_the_interval_of_a_share_is_known() -> None:
    assert mutation.interval(90, 100) == pytest.approx((0.8256, 0.9448), abs=1e-4)
    assert mutation.interval(100, 100)[1] == pytest.approx(1)


def test_kernels_name_modules_and_tests_that_there_are() -> None:
    assert list(KERNELS) == ["allocation", "rounding", "verify", "pay", "stress"]
    for kernel in KERNELS.values():
        assert len(kernel.modules) >= 9
        assert all((mutants.ROOT / path).is_file() for path in (*kernel.modules, *kernel.tests))
    assert not any("recalibrat" in path for path in KERNELS["verify"].modules)
