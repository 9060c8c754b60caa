"""The same targets led by atheris: inputs that reach new lines are broken further."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random


def lead(name: str, executions: int, seconds: int, seed: int, scratch: Path, keep_in: Path) -> None:
    """Execute a target under atheris until it fails or is done; ends the process.

    Parameters
    ----------
    name : str
        Of the target.
    executions, seconds : int
        After either it ends; 0 seconds for as long as it takes.
    seed : int
        Above 0.
    scratch : Path
        Folder for broken files, emptied by whoever made it.
    keep_in : Path
        Folder for a failing input.
    """
    import atheris

    with atheris.instrument_imports(include=["optimizer", "tomllib"]):
        from tests.fuzzing.campaign import keep
        from tests.fuzzing.guard import attempt
        from tests.fuzzing.raw import mutated
        from tests.fuzzing.targets import Workshop, steps_of, targets

    folder = Path(tempfile.mkdtemp(dir=scratch))
    target = targets(Workshop(folder))[name]()
    kinds = list(target.seeds)
    corpus = folder / "corpus"
    corpus.mkdir()
    for place, kind in enumerate(kinds):
        for number, data in enumerate(target.seeds[kind]):
            (corpus / f"{place}-{number}").write_bytes(bytes([place]) + data)

    def one(data: bytes) -> None:
        if not data:
            return
        kind = kinds[data[0] % len(kinds)]
        _, failure = attempt(lambda: target.read(kind, data[1:]))
        if failure is not None:
            path = keep(keep_in, target, kind, data[1:], failure)
            raise RuntimeError(f"{kind}, kept as {path}: {failure.text}")

    def mutate(data: bytes, most: int, number: int) -> bytes:
        kind = kinds[data[0] % len(kinds)] if data else kinds[0]
        chance = Random(number)
        return data[:1] + mutated(data[1:], chance, target.seeds[kind], steps_of(kind))[: most - 1]

    options = [
        f"-runs={executions}", f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=65536",
        f"-artifact_prefix={folder}/", str(corpus),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    name, executions, seconds, seed, scratch, keep_in = sys.argv[1:]
    lead(name, int(executions), int(seconds), int(seed), Path(scratch), Path(keep_in))
