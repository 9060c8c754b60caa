"""One run of one peer in a process of its own: ``python -m benchmarks.peer_process``.

``peer_process MODULE VARIANT PIECES FOLDER`` prints, as JSON, the seconds of each stage, the
memory used, and what the plan is worth. Imports are a stage, so nothing heavy is imported at the
top. The check of the plan comes last; its seconds are told, so that whoever times the process
can take them off.
"""

from __future__ import annotations

import importlib
import json
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

WITHOUT_WORLD = ("peer_ours", "peer_floor")
"""What reads the problem in its own way."""


def main(module: str, variant: str, way: str, folder: Path) -> dict[str, Any]:
    """Run a peer and return what was measured."""
    started = time.perf_counter()
    peer = importlib.import_module(f"benchmarks.{module}")
    imported = time.perf_counter() - started
    from benchmarks.peer_world import Clock, World

    clock = Clock({"import": imported})
    if module in WITHOUT_WORLD:
        answer, programs = peer.run(folder, clock), 0
    else:
        from benchmarks.peer_pieces import plan

        with clock("read"):
            world = World.load(folder)
        answer, programs = plan(peer.run, world, way, variant, clock)
    figures: dict[str, Any] = {"seconds": clock.seconds, "memory": peak_memory()}
    started, used = time.perf_counter(), time.process_time()
    if answer is not None:
        from benchmarks.peer_check import check

        figures |= {"programs": programs, **check(World.load(folder), answer)}
    figures["aside"] = time.perf_counter() - started
    figures["aside_cpu"] = time.process_time() - used
    return figures


def peak_memory() -> int:
    """Return the bytes of the process or of the largest program it ran, whichever is more.

    Linux hands a process the peak of the one that started it; only ``VmHWM`` is its own.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        own = int(found[1]) * 1024 if found else own
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:4], Path(sys.argv[4]))))
