"""Check 12: what ``run.json`` says of the run itself is sound and fits the scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optimizer.verify.failures import Failure, fault
from optimizer.verify.terms import Terms

CHECK = "record"
FILE = "run.json"
COMMAND = "plan"
METHODS = ("decomposed", "pooled", "joint")


def check_record(content: Mapping[str, Any], terms: Sequence[Terms]) -> Iterator[Failure]:
    """Yield entries that are missing, of the wrong kind, or not those of the scenario."""
    main = terms[0]
    for key, expected in (("command", COMMAND), ("seed", main.seed), ("name", main.name)):
        found = content.get(key)
        if isinstance(found, bool) or (found != expected and expected is not None):
            yield fault(CHECK, FILE, key, "is not that of the run", expected, _shown(found))
    if content.get("method") not in METHODS:
        words = f"is none of {', '.join(METHODS)}"
        yield fault(CHECK, FILE, "method", words, found=_shown(content.get("method")))
    assumptions = content.get("assumptions")
    if not isinstance(assumptions, list) or not all(isinstance(one, str) for one in assumptions):
        yield fault(CHECK, FILE, "assumptions", "is no list of texts")
    yield from check_verification(content)


def check_verification(content: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield a verification that did not take place, or failed."""
    block = content.get("verification")
    if not isinstance(block, dict):
        yield fault(CHECK, FILE, "verification", "is missing")
        return
    for key in ("checks", "failed"):
        if not isinstance(block.get(key), int) or isinstance(block.get(key), bool):
            where = f"verification.{key}"
            yield fault(CHECK, FILE, where, "is no whole number", found=_shown(block.get(key)))
        elif key == "failed" and block[key] != 0:
            words = "a plan that failed its verification is no plan"
            yield fault(CHECK, FILE, "verification.failed", words, 0, block[key])


def _shown(found: object) -> object:
    return "nothing" if found is None else found
