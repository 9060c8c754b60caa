"""Manners that all commands share: help with an example, JSON, quiet, completion, no colours."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from worlds import ROOT

from cli import main

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
