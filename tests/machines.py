"""Whether two types of machine give the same: every file of every command, byte by byte.

``python tests/machines.py "PYTHON OF THE OTHER MACHINE" SCENARIO...`` plans each scenario here and
there, then runs every command on a small world with pay, and compares the files; and the regional
targets of random worlds. The other Python is a command, such as that of an emulator, with the same
versions of all packages. Where files differ, the largest difference of their numbers is printed,
or that their words differ.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fuzzing.good import GIVEN, TEXTS  # noqa: E402

TIMED = {"run.json", "run.log"}
"""Files that say how long things took."""
UNLIKE = {".png", ".xlsx", ".html"}
"""Files for the eye: compressed or drawn by other libraries, they are only counted."""
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
WORLDS = 300
WEEK = ("--actuals", "weeks.csv", "--as-of", "2024Q1W02")
SALES = ("--actuals", "sales.csv")
COMMANDS = {
    "plan": (), "pace": WEEK, "recalibrate": WEEK, "pay": SALES, "stress": (), "frontier": (),
    "tune": ("--budget", "500"), "review": SALES, "score": SALES, "report": (),
}  # fmt: skip


def run(python: list[str], folder: Path, command: str, *arguments: str) -> dict[str, bytes]:
    """Run a command in a process of its own, and return the files it writes."""
    out = folder / f"out-{command}"
    words = [*python, "-m", "cli", command, *arguments, "--out", str(out), "--quiet"]
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(words)}: {done.returncode}\n{done.stderr.decode()}")
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in TIMED
    }


def small_world(python: list[str], folder: Path) -> dict[str, bytes]:
    """Run every command on a small world with pay, and return all files."""
    scenario = folder / "scenario"
    scenario.mkdir(parents=True)
    for name, text in TEXTS.items():
        (scenario / name).write_text(text, encoding="utf-8")
    for name, text in GIVEN.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    found = {}
    for command, more in COMMANDS.items():
        of = "scenario" if command == "plan" else "out-plan"
        for name, content in run(python, folder, command, of, *more).items():
            found[f"{command}/{name}"] = content
    return found


def apart(one: bytes, other: bytes) -> str:
    """Return the largest difference of the numbers of two texts, in words."""
    if NUMBER.sub(b"", one) != NUMBER.sub(b"", other):
        return "other words or rows"
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return f"{max(abs(float(first) - float(second)) for first, second in pairs):.2g}"


def compared(name: str, one: dict[str, bytes], other: dict[str, bytes]) -> int:
    """Print how the files of two machines differ; return how many do, or are missing."""
    missing = sorted(one.keys() ^ other.keys())
    read = [file for file in sorted(one.keys() & other.keys()) if Path(file).suffix not in UNLIKE]
    differ = {file: apart(one[file], other[file]) for file in read if one[file] != other[file]}
    told = "".join(f"\n  {file}: {size}" for file, size in differ.items())
    told += "".join(f"\n  {file}: on one machine only" for file in missing)
    print(f"{name}: {len(one)} files, {len(read)} compared, {len(differ)} differ{told}", flush=True)
    return len(differ) + len(missing)


def units(worlds: int) -> None:
    """Print the regional targets of random worlds in whole units, or why there are none."""
    from agreement import make_world

    from optimizer.errors import ContradictionError
    from optimizer.model.pooled import solve_pooled
    from optimizer.results.rounding import round_placed

    for seed in range(worlds):
        instance = make_world(seed)
        try:
            print(seed, round_placed(instance, solve_pooled(instance)).ravel().tolist())
        except ContradictionError:
            print(seed, "contradiction")


def worlds_apart(here: list[str], there: list[str], worlds: int) -> int:
    """Print in how many random worlds two machines set other targets; return how many."""
    told = [
        subprocess.run(
            [*python, str(Path(__file__)), "units", str(worlds)],
            capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        ).stdout.splitlines()
        for python in (here, there)
    ]  # fmt: skip
    other = [one.split()[0].decode() for one, two in zip(*told, strict=True) if one != two]
    print(f"random worlds: {len(told[0])}, {len(other)} have other targets {' '.join(other)}")
    return len(other)


def main(words: list[str]) -> int:
    """Compare as many scenarios as named, and the small world; 1 where any file differs."""
    if words[0] == "units":
        units(int(words[1]))
        return 0
    here, there = [sys.executable], words[0].split()
    total = worlds_apart(here, there, WORLDS)
    with tempfile.TemporaryDirectory() as folder:
        for turn, name in enumerate(words[1:]):
            found = []
            for side, python in (("here", here), ("there", there)):
                place = Path(folder) / f"{turn}-{side}"
                place.mkdir()
                found.append(run(python, place, "plan", str(Path(name).resolve())))
            total += compared(Path(name).name, *found)
        worlds = [
            small_world(python, Path(folder) / side)
            for side, python in (("here", here), ("there", there))
        ]
        total += compared("every command", *worlds)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
