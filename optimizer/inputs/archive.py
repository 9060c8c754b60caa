"""Is a workbook safe to open? A look at its archive before anything is parsed.

A workbook is a zip archive of XML files. One of a few kilobytes can be made to unpack, or to
expand, to more than any machine holds. Such files are refused before they are read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

UNPACKED_LIMIT = 2 << 30
"""Bytes that a workbook may unpack to."""

UNPACKED_FREE = 64 << 20
"""Up to here nobody asks how well a file was packed."""

RATIO_LIMIT = 400
"""How many times its packed size a larger workbook may unpack to; sheets pack 5 to 100 times."""

ENTRIES_LIMIT = 10_000
"""Files that a workbook may hold; one has about ten, and one for each sheet and note."""

_BLOCK = 1 << 20
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_FORMULAS = (b"<f>", b"<f ", b"<f/")
_OLD_FORMAT = bytes.fromhex("d0cf11e0a1b11ae1")


class RefusedError(ValueError):
    """A workbook is not opened; the text says why, in a planner's words."""


def check_begins_as_archive(data: bytes) -> None:
    """Refuse what is plainly no workbook, saying what it is instead.

    Raises
    ------
    RefusedError
    """
    if data.startswith(_OLD_FORMAT):
        raise RefusedError("the workbook is protected by a password, or of the old format .xls")


def check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would unpack without end, going by its table of contents.

    An archive cannot unpack to more than its table of contents says: reading stops there.

    Raises
    ------
    RefusedError
    """
    items = archive.infolist()
    if len(items) > ENTRIES_LIMIT:
        raise RefusedError(
            f"the workbook holds {len(items):,} files, and a workbook has at most {ENTRIES_LIMIT:,}"
        )
    unpacked = sum(item.file_size for item in items)
    packed = sum(item.compress_size for item in items)
    if unpacked > UNPACKED_LIMIT:
        raise RefusedError(
            f"the workbook unpacks to {unpacked / (1 << 30):,.1f} GB, and at most "
            f"{UNPACKED_LIMIT >> 30} GB are read"
        )
    if unpacked > UNPACKED_FREE and unpacked > RATIO_LIMIT * packed:
        raise RefusedError(
            f"the workbook unpacks to {unpacked / max(packed, 1):,.0f} times its size, which "
            "no real one does"
        )


def check_parts(archive: zipfile.ZipFile) -> bool:
    """Refuse XML that declares entities, and return whether any sheet holds a formula.

    Every part is looked at: a workbook may call its sheets and texts whatever it likes.

    Raises
    ------
    RefusedError
    """
    has_formulas = False
    for item in archive.infolist():
        for text in _blocks(archive, item):
            if any(declaration in text for declaration in _DECLARATIONS):
                raise RefusedError(
                    f"its part {item.filename} declares entities, which no spreadsheet program "
                    "writes and which can expand without end"
                )
            has_formulas |= any(start in text for start in _FORMULAS)
    return has_formulas


def _blocks(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part block by block, each with the end of the one before.

    Zero bytes are left out, so that UTF-16 reads as the letters it holds.
    """
    tail = b""
    with archive.open(item) as file:
        while block := file.read(_BLOCK):
            text = tail + block.replace(b"\0", b"")
            yield text
            tail = text[-16:]
