"""Whether plans depend on the processor's vector instructions: the same bytes without them?

``python tests/vectors.py SCENARIO...`` plans each scenario as the machine likes, then with the
vector instructions of numpy and of its matrix products switched off, and compares the files.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PLAIN = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Prescott",
}
TIMED = {"run.json"}
"""Files that say how long things took."""


def files_of(scenario: Path, out: Path, more: dict[str, str]) -> dict[str, bytes]:
    """Plan a scenario in a process of its own and return its files."""
    command = [sys.executable, "-m", "cli", "plan", str(scenario), "--out", str(out), "--quiet"]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        command, cwd=root, env={**os.environ, **more}, capture_output=True, check=False
    )
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr.decode())
    found = {}
    for path in sorted(out.rglob("*")):
        if path.is_file() and path.name not in TIMED:
            found[str(path.relative_to(out))] = path.read_bytes()
    return found


def main(names: list[str]) -> int:
    """Compare as many scenarios as named; 1 where any file differs."""
    differing = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            one, other = (
                files_of(Path(name).resolve(), Path(folder) / run, more)
                for run, more in (("usual", {}), ("plain", PLAIN))
            )
        apart = [file for file in one.keys() | other.keys() if one.get(file) != other.get(file)]
        differing += len(apart)
        print(f"{Path(name).name}: {len(one)} files, {len(apart)} differ {' '.join(sorted(apart))}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
