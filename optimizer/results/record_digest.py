"""Was the record of a run edited since? It holds a digest of itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from optimizer.results.texts import parse_json

RECORD = "run.json"
_LEFT_OUT = ("digest", "seconds")
"""Keys that the digest says nothing of; times differ in runs that are otherwise the same."""


def digest_of(text: str) -> str:
    """Return the sha256 of what a record in JSON says, in whatever order and form."""
    content = json.loads(text.encode("utf-8", "replace"))
    told = {key: value for key, value in content.items() if key not in _LEFT_OUT}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def is_as_written(path: Path) -> bool:
    """Return whether a record says what it said when it was written; so do those without digest."""
    try:
        text = path.read_text(encoding="utf-8")
        content = parse_json(text)
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(content, dict):
        return False
    return "digest" not in content or content["digest"] == digest_of(text)
