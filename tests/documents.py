"""Read the Markdown of the project, and run what it shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("scenarios/**/*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")
_ROW_SPACES = re.compile(r"[ \t]+$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced code block of a document."""

    document: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT).as_posix()}:{self.line}"


@dataclass(frozen=True)
class Command:
    """One command of a console block, and what the document says it prints."""

    block: Block
    line: str
    output: str


def blocks(language: str, documents: list[Path] | None = None) -> list[Block]:
    """Return the code blocks of one language, of all documents unless some are named."""
    found = []
    for document in DOCUMENTS if documents is None else documents:
        text = document.read_text(encoding="utf-8")
        found += [
            Block(document, text.count("\n", 0, match.start()) + 1, language, match["text"])
            for match in _FENCE.finditer(text)
            if match["language"] == language
        ]
    return found


def commands(document: Path) -> list[Command]:
    """Return the commands of a document's console blocks, in order."""
    found = []
    for block in blocks("console", [document]):
        parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        assert not parts[0], f"{block}: a console block starts with a command"
        for part in parts[1:]:
            line, _, output = part.partition("\n")
            found.append(Command(block, line, output))
    return found


def same_for_all_runs(text: str) -> str:
    """Return the text without what differs from run to run: timings and trailing spaces."""
    return _ROW_SPACES.sub("", _SECONDS.sub("… s", text)).strip("\n")


def run(line: str, folder: Path) -> str:
    """Run one command of a document in a folder; return what a terminal would show."""
    name, *arguments = shlex.split(line)
    if name == "head":
        return _head(int(arguments[0].lstrip("-n")), folder / arguments[-1])
    if name == "ls":
        return _list(folder / arguments[0])
    if name == "echo":
        raise AssertionError(f"write the exit code of {line!r} in the text")
    assert name == "quotaplan", f"documents run quotaplan, head and ls, not {name!r}"
    done = subprocess.run(
        [*_quotaplan(), *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
        check=False,
    )
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout


def run_all(document: Path, folder: Path) -> list[tuple[Command, str]]:
    """Run a document's commands one after the other in a folder."""
    return [(command, run(command.line, folder)) for command in commands(document)]


def _quotaplan() -> list[str]:
    """Return the installed command beside this interpreter, else the program of the checkout."""
    installed = shutil.which("quotaplan", path=str(Path(sys.executable).parent))
    return [installed] if installed else [sys.executable, str(ROOT / "cli.py")]


def _head(count: int, path: Path) -> str:
    return "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:count])


def _list(folder: Path) -> str:
    names = sorted(f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir())
    return "\n".join(names) + "\n"
