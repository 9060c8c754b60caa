"""Manners that all commands share: help with an example, JSON, quiet, completion, no colours."""

from __future__ import annotations

import contextlib
import importlib
import os
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from worlds import ROOT

from cli import main
from optimizer.pipeline import plan

COMMANDS = sorted(main.commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_that_the_command_line_accepts(name: str) -> None:
    command = main.commands[name]
    assert command.epilog is not None
    _, _, example = command.epilog.partition("Example:  quotaplan ")
    words = shlex.split(example)
    assert words[0] == name
    with click.Context(main, info_name="quotaplan") as above:
        command.make_context(name, words[1:], parent=above)
    shown = CliRunner().invoke(main, [name, "--help"])
    assert shown.exit_code == 0
    assert "Example:  quotaplan" in shown.output
    assert max(map(len, shown.output.splitlines())) <= 100


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_what_all_share(name: str) -> None:
    options = {flag for one in main.commands[name].params for flag in one.opts}
    assert {"--json", "--quiet", "--debug"} <= options


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith("."), parameter.help


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str) -> None:
    environment = {**os.environ, "_QUOTAPLAN_COMPLETE": f"{shell}_source"}
    code = "from cli import main; main(prog_name='quotaplan')"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if shell == "bash" and "bash" in told.stderr.lower():
        pytest.skip("needs a bash of version 4.4 or newer")
    assert told.returncode == 0, told.stderr
    assert "_QUOTAPLAN_COMPLETE" in told.stdout


def test_completion_offers_the_commands_that_begin_so() -> None:
    environment = {
        **os.environ, "_QUOTAPLAN_COMPLETE": "zsh_complete",
        "COMP_WORDS": "quotaplan re", "COMP_CWORD": "1",
    }  # fmt: skip
    code = "from cli import main; main(prog_name='quotaplan')"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {line for line in told.stdout.split("\n") if line.startswith("re")} >= {
        "recalibrate", "review",
    }  # fmt: skip


def test_nothing_is_coloured_where_no_terminal_is() -> None:
    shown = CliRunner().invoke(main, ["--help"], color=True)
    assert "\x1b" not in shown.output


@pytest.mark.skipif(os.name == "nt", reason="terminals of POSIX systems")
def test_tables_fit_the_terminal(tmp_path: Path) -> None:
    """A comparison is wide; on a terminal of 60 columns its tables continue below."""
    for name in ("a", "b"):
        plan(ROOT / "scenarios" / "company-a", tmp_path / name)
    fcntl, pty, termios = map(importlib.import_module, ("fcntl", "pty", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 60, 0, 0))
    command = [sys.executable, str(ROOT / "cli.py"), "compare", "a", "b"]
    plain = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=theirs, stderr=theirs, env=plain
    ) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):
            while part := os.read(ours, 4096):
                shown += part
    os.close(ours)
    assert process.returncode == 0
    rules = [line for line in shown.decode().splitlines() if set(line.strip()) == {"-", " "}]
    assert rules
    assert max(map(len, rules)) <= 60
    assert "\x1b" not in shown.decode()
