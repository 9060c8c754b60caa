"""The command line as a target: hostile values for options, never for paths that are written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cli import main
from optimizer.errors import InputError

CODES = {0, 2, 3, 4}
"""Exit codes of a command whose inputs may be wrong; 1 is a defect."""

COMMANDS: Mapping[str, Sequence[str]] = {
    "check": ("{scenario}",),
    "plan": ("{scenario}", "--out", "{out}", "--force"),
    "explain": ("{run}",),
    "compare": ("{run}", "{run}"),
    "pace": ("{run}", "--out", "{out}", "--force", "--actuals", "{weeks}"),
    "pay": ("{run}", "--out", "{out}", "--force", "--actuals", "{sales}"),
    "stress": ("{run}", "--out", "{out}", "--force", "--trials", "50"),
    "frontier": ("{run}", "--out", "{out}", "--force", "--trials", "50"),
    "tune": ("{run}", "--out", "{out}", "--force", "--trials", "50", "--budget", "500"),
    "review": ("{run}", "--out", "{out}", "--force", "--actuals", "{sales}"),
    "recalibrate": ("{run}", "--out", "{out}", "--force", "--actuals", "{weeks}"),
    "plan-doc": ("{run}", "--out", "{out}", "--force"),
}
"""Command → its first words; what stands in braces is a path."""

OPTIONS = (
    "--as-of", "--rep", "--region", "--period", "--measure", "--top", "--seed", "--goal", "--cap",
    "--budget", "--elasticity", "--target", "--method", "--solver", "--format", "--lang",
    "--json", "--quiet", "--trials", "--contingency", "--step", "--most", "--least", "--chance",
)  # fmt: skip
"""Options that take no path."""

GOOD = {
    "check": ("--quiet",),
    "plan": ("--method", "pooled"),
    "explain": ("--rep", "Ann", "--period", "2024Q1"),
    "compare": ("--top", "3"),
    "pace": ("--as-of", "2024Q1W02", "--seed", "7"),
    "pay": ("--json",),
    "stress": ("--seed", "7", "--budget", "100"),
    "frontier": ("--elasticity", "0.5", "--step", "0.1", "--most", "0.3", "--chance", "0.8"),
    "tune": ("--seed", "7", "--least", "0.5", "--most", "2"),
    "review": ("--measure", "amount"),
    "recalibrate": ("--as-of", "2024Q1W02", "--goal", "1000", "--cap", "0.5"),
    "plan-doc": ("--lang", "zh"),
}
"""Command → options that make sense."""

SEEDS = tuple(json.dumps([name, *words]).encode() for name, words in GOOD.items())


def run_command(data: bytes, paths: Mapping[str, Path]) -> None:
    """Run the command that an input names.

    Parameters
    ----------
    data : bytes
        JSON: the command, then options and values.
    paths : mapping of name to path
        What stands for the names in braces.

    Raises
    ------
    InputError
        Where the command line was refused.
    AssertionError
        Where the command ended with another exit code, or showed a traceback.
    """
    try:
        words = json.loads(data)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, list) or not words or not isinstance(words[0], str):
        raise InputError("this names no command")
    first = COMMANDS.get(words[0])
    if first is None:
        raise InputError("there is no such command here")
    given = [word.format(**paths) for word in first]
    result = CliRunner().invoke(main, [words[0], *given, *_options(words[1:])])
    code = result.exit_code
    if code not in CODES or "Traceback" in result.output:
        raise AssertionError(f"exit code {code}: {result.output}") from result.exception
    if code == InputError.exit_code:
        raise InputError(result.output or "nothing was said")


def _options(words: Sequence[Any]) -> list[str]:
    """Return the words that are options without paths, and texts of the values after them."""
    found: list[str] = []
    for word in words:
        if isinstance(word, str) and word in OPTIONS:
            found.append(word)
        elif found and not str(word).startswith("--"):
            found.append(str(word).replace("\0", ""))
    return found
