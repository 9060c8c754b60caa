"""Writing a run folder: whole or not at all, the same bytes for the same plan."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from optimizer.errors import InputError
from optimizer.results.claim import cannot_write, claimed, place_of
from optimizer.results.place import new_draft, put_in_place, undisturbed
from optimizer.results.record_digest import RECORD, digest_of, is_as_written
from optimizer.results.record_form import sound_record
from optimizer.results.texts import parse_json

_SIGNIFICANT = 9
_SHOWN = 5
NO_ROOM = frozenset((errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS))
"""What a system says where there is no room for more."""
_BY_THE_SYSTEM = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
"""Files that a desktop puts into folders without being asked."""


def decimals_of(rounding: float) -> int:
    """Return how many decimals whole multiples of a rounding need."""
    if rounding <= 0:
        return 6
    exponent = Decimal(repr(rounding)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def plain(value: float) -> str:
    """Write a number with up to nine significant digits, no exponent; blank for unknown."""
    if not math.isfinite(value):
        return ""
    if value == 0:
        return "0"
    digits = _SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:.{max(digits, 0)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write JSON with sorted keys where order says nothing."""
    text = json.dumps(content, ensure_ascii=False, indent=2, default=_plain_number)
    # A name of a file need not be text.
    path.write_text(text + "\n", encoding="utf-8", newline="\n", errors="replace")


def write_record(content: Mapping[str, Any], folder: Path) -> str:
    """Write ``run.json`` with a digest of itself, by which edits are noticed; return that."""
    digest = digest_of(json.dumps(content, ensure_ascii=False, default=_plain_number))
    write_json({**content, "digest": digest}, folder / RECORD)
    return digest


def _plain_number(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no plain value")


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file below a folder, but for ``run.json``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: _digest(path) for name, path in names.items() if name != RECORD}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_out(out: Path, command: str, *, force: bool) -> None:
    """Refuse an output folder that holds something else than an earlier run of the command.

    Raises
    ------
    InputError
    """
    place = place_of(out)
    for own, what in ((Path.cwd(), "the folder you stand in"), (_home(), "your home folder")):
        if own.is_relative_to(place):
            raise InputError(f"--out {out}: that is {what}, or holds it; name another one")
    if not place.exists() or force:
        return
    if not place.is_dir():
        raise InputError(f"--out {out}: a file of that name exists; name another folder")
    if not any(place.iterdir()):
        return
    if earlier_command(place) != command:
        raise InputError(
            f"--out {out}: the folder is not empty and holds no earlier '{command}' run; "
            "name another folder, or use --force to replace it"
        )
    if added := _added(place):
        shown = ", ".join(added[:_SHOWN])
        more = f" and {len(added) - _SHOWN} more" if len(added) > _SHOWN else ""
        raise InputError(
            f"--out {out}: the folder holds more than the earlier run wrote: {shown}{more}. That "
            "would be deleted with the run. Name another folder, move it away, or use --force to "
            "delete it"
        )


def _home() -> Path:
    """Return the home folder of who runs this; the root of all where there is none."""
    try:
        return Path.home().resolve()
    except RuntimeError:
        return Path("/")


def _added(run: Path) -> list[str]:
    """Return what was put into a run folder or edited after the run, whole folders by name."""
    outputs = read_record(run).get("outputs")
    own = outputs if isinstance(outputs, dict) else {}
    folders = {parent.as_posix() for name in own for parent in PurePosixPath(name).parents}
    added: list[str] = []
    for folder, names, files in os.walk(run):
        inside = Path(folder).relative_to(run)
        strange = [name for name in names if (inside / name).as_posix() not in folders]
        names[:] = [name for name in names if name not in strange]
        added += [f"{(inside / name).as_posix()}/" for name in strange]
        paths = [(inside / name).as_posix() for name in files if name not in _BY_THE_SYSTEM]
        added += [path for path in paths if path not in own and path != RECORD]
    edited = [name for name in edited_since(run) if os.path.lexists(run / name)]
    return sorted([*added, *(f"{name} (changed since)" for name in edited)])


def edited_since(run: Path) -> list[str]:
    """Return the files of a run that are not as it wrote them, or gone."""
    outputs = read_record(run).get("outputs")
    own = outputs if isinstance(outputs, dict) else {}
    edited = [name for name, digest in own.items() if not _is_as(run / name, digest)]
    return sorted([*edited, *([] if is_as_written(run / RECORD) else [RECORD])])


def _is_as(path: Path, digest: object) -> bool:
    return path.is_file() and _digest(path) == digest


def check_inputs_safe(out: Path, inputs: Iterable[Path]) -> None:
    """Refuse an output folder that holds files the scenario was read from.

    The ``scenario/`` folder of an earlier run may be planned again in its place: it is
    written anew.

    Raises
    ------
    InputError
    """
    folder = out.resolve()
    own_copy = folder / "scenario"
    for path in inputs:
        found = path.resolve()
        if found.is_relative_to(folder) and not (
            found.is_relative_to(own_copy) and earlier_command(out)
        ):
            raise InputError(
                f"--out {out}: the scenario is read from there ({path}) and would be deleted; "
                "name another folder"
            )


def earlier_command(folder: Path) -> str:
    """Return the command that made a run folder; empty where none did."""
    return str(read_record(folder).get("command", ""))


def read_record(folder: Path) -> dict[str, Any]:
    """Return ``run.json``, empty where it is no record; InputError for values of wrong kinds."""
    try:
        content = parse_json(regular(folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return sound_record(content, folder / "run.json")


def regular(path: Path) -> Path:
    """Return a path that is no pipe and no device, of which no reader would see the end.

    Raises
    ------
    OSError
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
    return path


@contextmanager
def appearing_whole(out: Path | None, check: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Yield a folder to write into that becomes `out` only if nothing fails.

    Without `out` the folder is thrown away in the end. Where `out` is a symbolic link, the
    folder that it leads to is written. An interrupt leaves the old state or the new one. Who may
    read it is what the system gives a new folder, and nobody who could not read the old one.

    Parameters
    ----------
    out : Path or None
    check : function, optional
        Called when all is written; raises where `out` meanwhile holds what must not be deleted.

    Raises
    ------
    InputError
        Where `out` cannot be written.
    """
    if out is None:
        with tempfile.TemporaryDirectory(prefix="quotaplan-") as folder:
            yield Path(folder)
        return
    place = place_of(out)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = new_draft(place)
    except OSError as error:
        raise cannot_write(out, error) from error
    state: tuple[str, ...] = ()
    try:
        try:
            yield draft
        except OSError as error:
            if error.errno in NO_ROOM:
                raise cannot_write(out, error) from error
            raise
        check()
        try:
            with undisturbed(whole := f"the run in {out} is whole"):
                put_in_place(draft, place)
                state = (whole,)
        except OSError as error:
            raise cannot_write(out, error) from error
    finally:
        with undisturbed(*state):
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def command_folder(
    out: Path, command: str, inputs: Iterable[Path], told: Mapping[str, Any], *, force: bool
) -> Iterator[Path]:
    """Yield a folder for the files of a command; it appears whole, with a record in ``run.json``.

    Parameters
    ----------
    out : Path
        New, empty, or an earlier folder of the command, unless `force`.
    inputs : iterable of Path
        Never deleted.
    told : mapping
        What the record tells besides the command and the digests of its files.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    check = partial(check_out, out, command, force=force)
    with claimed(out):
        check()
        check_inputs_safe(out, inputs)
        with appearing_whole(out, check) as draft:
            yield draft
            write_record({"command": command, **told, "outputs": digests(draft)}, draft)
