"""Read the Markdown of the project, run what it shows, and write it anew.

``python tests/documents.py`` rewrites the outputs in README and docs with what the program
prints today; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from optimizer.terminal.progress import WORDS  # noqa: E402

README = ROOT / "README.md"
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("scenarios/**/*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
_FENCE = re.compile(r"^```(?P<language>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")
_TOGETHER = re.compile(r"(Cheapest together \(cost [^)]*\)): [^\n]*: closes")
_PROGRESS = re.compile(rf"^(?:{'|'.join(WORDS.values())}) …\n", re.MULTILINE)
"""What a slow machine shows while it works."""

_ROW_SPACES = re.compile(r"[ \t]+$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced code block of a document, by where its text lies in it."""

    document: Path
    language: str
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def __str__(self) -> str:
        line = self.document.read_text(encoding="utf-8").count("\n", 0, self.start)
        return f"{self.document.relative_to(ROOT).as_posix()}:{line}"


@dataclass(frozen=True)
class Step:
    """Something a document runs, and the block that shows what it prints.

    Attributes
    ----------
    block : Block
        What is run: a console block, or a Python block.
    answer : Block or None
        What it prints: the console block itself, or the text block right after the Python.
    """

    block: Block
    answer: Block | None


def blocks(document: Path) -> list[Block]:
    """Return the code blocks of a document, in order."""
    text = document.read_text(encoding="utf-8")
    return [
        Block(document, match["language"], match.start("text"), match["text"])
        for match in _FENCE.finditer(text)
    ]


def blocks_in(language: str, documents: list[Path]) -> list[Block]:
    """Return the code blocks of one language."""
    return [block for path in documents for block in blocks(path) if block.language == language]


def steps(document: Path) -> list[Step]:
    """Return what a document runs, in order."""
    found = []
    every = blocks(document)
    text = document.read_text(encoding="utf-8")
    for index, block in enumerate(every):
        after = every[index + 1] if index + 1 < len(every) else None
        if block.language == "console":
            found.append(Step(block, block))
        elif block.language == "python":
            follows = after is not None and after.language == "text"
            adjacent = follows and text[block.end : after.start].strip("`\n") == "text"
            found.append(Step(block, after if adjacent else None))
    return found


def same_for_all_runs(text: str) -> str:
    """Return the text without what differs from run to run: timings and trailing spaces.

    Which levers are told of several sets that cost the same differs by version of the solver.
    """
    text = _TOGETHER.sub(r"\1: …: closes", _SECONDS.sub("… s", text))
    return _ROW_SPACES.sub("", text).strip("\n")


def shown_by(step: Step, folder: Path) -> str:
    """Run a step in a folder; return what its answer should show."""
    if step.block.language == "python":
        return run([sys.executable, "-c", step.block.text], folder)
    assert step.block.text.startswith("$ "), f"{step.block}: a console block starts with a command"
    lines = re.findall(r"^\$ (.*)$", step.block.text, re.MULTILINE)
    return "".join(f"$ {line}\n{run(arguments_of(line), folder)}" for line in lines)


def arguments_of(line: str) -> list[str]:
    """Return what to start for a command line of a document, on any system."""
    name, *arguments = shlex.split(line)
    if name == "quotaplan":
        return [*_quotaplan(), *arguments]
    program = {
        "head": "import sys, pathlib\n"
        "lines = pathlib.Path(sys.argv[3]).read_text('utf-8').splitlines(True)\n"
        "print(*lines[:int(sys.argv[2])], sep='', end='')",
        "ls": "import sys, pathlib\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    print(path.name + '/' * path.is_dir())",
    }
    assert name in program, f"documents run quotaplan, head -n and ls, not {name!r}"
    return [sys.executable, "-c", program[name], *arguments]


def run(arguments: list[str], folder: Path) -> str:
    """Run a program in a folder; return what a terminal would show."""
    done = subprocess.run(
        arguments,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=os.environ
        | {"COLUMNS": "100", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
        check=False,
    )
    assert "Traceback" not in done.stdout, done.stdout
    return _PROGRESS.sub("", done.stdout)


def _quotaplan() -> list[str]:
    """Return the installed command beside this interpreter, else the program of the checkout."""
    installed = shutil.which("quotaplan", path=str(Path(sys.executable).parent))
    return [installed] if installed else [sys.executable, str(ROOT / "cli.py")]


def rewrite(document: Path) -> None:
    """Run a document and put what it prints where it shows it; unchanged timings stay."""
    text = document.read_text(encoding="utf-8")
    changes = []
    with tempfile.TemporaryDirectory() as folder:
        for step in steps(document):
            shown = shown_by(step, Path(folder))
            if step.answer is None:
                assert not shown, f"{step.block} prints, and no text block shows it:\n{shown}"
            elif same_for_all_runs(shown) != same_for_all_runs(step.answer.text):
                changes.append((step.answer, shown.rstrip("\n") + "\n"))
    for answer, shown in reversed(changes):
        text = text[: answer.start] + shown + text[answer.end :]
    document.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    for page in DOCUMENTS:
        if steps(page):
            rewrite(page)
            print(page.relative_to(ROOT).as_posix())
