"""The bundled scenarios: where they are, what they are called, and how to copy one."""

from __future__ import annotations

import shutil
import tomllib
from importlib.resources import files
from pathlib import Path

from optimizer.errors import InputError
from optimizer.together import appearing_together, is_empty

_CHECKOUT = Path(__file__).resolve().parent.parent / "scenarios"
_KEPT_BACK = ("expected.json",)
"""Files that are for the project's own tests."""


def example_folder() -> Path:
    """Return the folder of the bundled scenarios: the installed copy, or the checkout's."""
    installed = Path(str(files("optimizer").joinpath("examples")))
    return installed if installed.is_dir() else _CHECKOUT


def example_names() -> dict[str, str]:
    """Return the names of the bundled scenarios and what each is about."""
    found = sorted(path.parent for path in example_folder().glob("*/scenario.toml"))
    return {folder.name: _about(folder) for folder in found}


def _about(folder: Path) -> str:
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    sentence = " ".join(lines).split(". ")[0].rstrip(".")
    return sentence or str(tomllib.loads(text).get("name", folder.name))


def copy_example(name: str, target: Path, *, force: bool) -> list[Path]:
    """Copy a bundled scenario into a folder and return the files written.

    Raises
    ------
    InputError
        Where there is no such example, the folder is not empty, or it cannot be written.
    """
    known = example_names()
    if name not in known:
        raise InputError(
            f"--example {name}: there is none of that name; choose one of {', '.join(known)}"
        )
    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: a file of that name exists; name another folder")
    if target.is_dir() and not is_empty(target) and not force:
        raise InputError(
            f"{target}: the folder is not empty; name another one, or use --force to write "
            "over files of the same names"
        )
    source = example_folder() / name
    names = []
    with appearing_together(target) as draft:
        for path in sorted(source.iterdir()):
            if path.is_file() and path.name not in _KEPT_BACK and not path.name.startswith("__"):
                shutil.copyfile(path, draft / path.name)
                names.append(path.name)
    return [target / one for one in names]
