"""A proposal as files: ``proposal.csv`` for a spreadsheet, and all of it as JSON."""

from __future__ import annotations

from pathlib import Path

from optimizer.proposal.proposal import Proposal
from optimizer.results.run_folder import command_folder, write_json
from optimizer.results.table_file import write_csv


def write_proposal(proposal: Proposal, out: Path, read: list[Path], *, force: bool) -> None:
    """Write a proposal into a folder, which appears whole or not at all.

    Parameters
    ----------
    proposal : Proposal
    out : Path
        New, empty, or an earlier ``propose``, unless `force`.
    read : list of Path
        Files that it was made from.
    force : bool
        Replace `out` whatever it holds, but never the run.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    told = {"run": proposal.run.record.get("name", "")}
    inputs = [proposal.run.folder / "run.json", *read]
    with command_folder(out, "propose", inputs, told, force=force) as draft:
        write_csv(proposal.table(), draft / "proposal.csv", {"": 0})
        write_json(proposal.as_dict(), draft / "proposal.json")
