"""Notebooks run from start to end, carry no outputs, and define nothing of their own."""

from __future__ import annotations

import ast

import documents
import nbformat
import pytest

NOTEBOOKS = sorted((documents.ROOT / "notebooks").glob("*.ipynb"))
SECONDS = 300


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) == 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_not_stored(path: object) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_belongs_in_the_package_is_there(path: object) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            made = [type(node) for node in ast.walk(ast.parse(cell.source))]
            assert ast.FunctionDef not in made
            assert ast.ClassDef not in made


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    client = pytest.importorskip("nbclient", reason="install the extra dev")
    monkeypatch.setenv("MPLBACKEND", "agg")
    book = nbformat.read(path, as_version=4)
    client.NotebookClient(book, timeout=SECONDS, kernel_name="python3").execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert not [one for one in shown if one.output_type == "error" or one.get("name") == "stderr"]
