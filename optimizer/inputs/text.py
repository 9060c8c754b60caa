"""Bytes of a text table → cells: which encoding, which separator, which rows are too long.

Every cell is text; nothing is judged here but the shape of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import LISTED, shortened

SEPARATORS = (",", ";", "\t")
BOM = b"\xef\xbb\xbf"
GUESSED = ("gb18030", "cp950")
"""Encodings tried after UTF-8; the second is Big5 as spreadsheet programs write it."""

SAMPLE = 1 << 20
"""Bytes looked at to tell one encoding from another."""

PLAUSIBLE = 0.6
"""Share of everyday characters from which on a guessed encoding is believed."""

MOST_CELLS = 10_000
"""Cells that a row may have."""

ROOM_FREE = 20_000_000
"""Cells up to which nobody asks how many of them a file writes down."""

SAVE_AS_UTF8 = "Save the file as “CSV UTF-8” and try again."

DELETE_BLANK = "Delete the blank rows and columns at its ends."

Known = Callable[[str], bool]


class _TooWideError(ValueError):
    """A table would take far more cells than its file writes down."""


def read_cells(data: bytes, source: str, known: Known) -> pd.DataFrame:
    """Return the cells of a CSV file as text, the header as the first row.

    Parameters
    ----------
    data : bytes
        The file as it is.
    source : str
        Its name, for messages.
    known : function of a header
        Whether the header is one that some table knows.

    Raises
    ------
    InputError
        Where the bytes are no text, or the text no table.
    """
    text = decode(data, source, known)
    separator = separator_of(text, known)
    try:
        head = io.StringIO(text[:SAMPLE], newline="")
        width = len(next(csv.reader(head, delimiter=separator), []))
        if width > MOST_CELLS:
            raise ValueError(f"the first row has {width:,} cells")
        cells = _parse(text, separator, width)
    except _TooWideError as error:
        raise InputError([Finding(source, 0, "", "", str(error), DELETE_BLANK)]) from error
    except (csv.Error, pd.errors.ParserError, ValueError) as error:
        raise InputError([_no_table(text, separator, source, error)]) from error
    extra = cells.iloc[:, width:]
    long = (extra != "").any(axis=1)
    if long.any():
        rows = extra[long][:LISTED]
        found = [
            _too_long(source, int(row) + 1, width, next(filter(None, values)))
            for row, values in zip(rows.index, rows.to_numpy().tolist(), strict=True)
        ]
        raise InputError(shortened(found, int(long.sum())))
    return cells.iloc[:, :width]


def _parse(text: str, separator: str, width: int) -> pd.DataFrame:
    """Parse cells into at least one column more than the header has; good rows leave it blank."""
    _check_room(text, width)
    if '"' not in text and "\r" not in text and width > 1:
        try:
            return _parse_plain(text, separator, width)
        except pa.ArrowInvalid:
            pass  # not all rows are of one length: what follows knows what to do about it
    try:
        return _parse_to_width(text, separator, width + 1)
    except pd.errors.ParserError:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        longest = max(len(row) for row in rows)
        if longest > MOST_CELLS:
            raise ValueError(f"a row has {longest:,} cells") from None
        _check_room(text, longest)
        return _parse_to_width(text, separator, longest)


def _parse_plain(text: str, separator: str, width: int) -> pd.DataFrame:
    """Parse a file without quotation marks whose rows all have as many cells as the header."""
    names = [str(position) for position in range(width)]
    table = arrow_csv.read_csv(
        pa.BufferReader(text.encode()),
        read_options=arrow_csv.ReadOptions(column_names=names),
        parse_options=arrow_csv.ParseOptions(
            delimiter=separator, quote_char=False, ignore_empty_lines=False
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    cells: pd.DataFrame = table.to_pandas()
    return cells.set_axis(range(width), axis=1)


def _parse_to_width(text: str, separator: str, width: int) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(text.encode()),
        sep=separator,
        header=None,
        names=list(range(width)),
        dtype=str,
        na_filter=False,
        index_col=False,
        skip_blank_lines=False,
        low_memory=False,
        encoding="utf-8",
    )


def _check_room(text: str, width: int) -> None:
    """Refuse rows that, filled up to one width, are many more cells than the file writes down."""
    rows = max(text.count("\n"), text.count("\r")) + 1
    if rows * width > max(ROOM_FREE, 2 * len(text)):
        raise _TooWideError(
            f"the longest row has {width:,} cells, and of {rows:,} rows most are far shorter or "
            "blank"
        )


def decode(data: bytes, source: str, known: Known) -> str:
    """Return the text of a file in UTF-8, GB18030 or Big5.

    Raises
    ------
    InputError
        Where it is in none of them, or damaged.
    """
    if data.startswith(BOM):
        data = data[len(BOM) :]
    if b"\0" in data:
        row = data[: data.index(b"\0")].count(b"\n") + 1
        raise _unreadable(source, row, "00", "the file holds bytes that are no text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        value = data[error.start : error.start + 1].hex()
    if not _damaged_utf8(data):
        for encoding in _guesses(data, known):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                row = data[: error.start].count(b"\n") + 1
                value = data[error.start : error.start + 1].hex()
    problem = "the file is not in UTF-8, nor plainly in GB18030 or Big5"
    raise _unreadable(source, row, value, problem)


def _unreadable(source: str, row: int, value: str, problem: str) -> InputError:
    return InputError([Finding(source, row, "", f"byte {value}", problem, SAVE_AS_UTF8)])


def _damaged_utf8(data: bytes) -> bool:
    """Return whether most characters beyond ASCII are sound UTF-8."""
    text = data[:SAMPLE].decode("utf-8", errors="replace")
    beyond = [letter for letter in text if ord(letter) > 127]
    return beyond.count("\ufffd") * 2 < len(beyond)


def _guesses(data: bytes, known: Known) -> list[str]:
    """Return the encodings that make sense of the bytes, the likeliest first.

    Known headers beyond ASCII settle it; else the share of everyday characters does, so
    that a western file is refused and not read as a row of rare characters.
    """
    ranked: list[tuple[int, float, str]] = []
    for encoding in GUESSED:
        text = data[:SAMPLE].decode(encoding, errors="replace")
        header = next(iter(text.splitlines()), "")
        named = sum(
            known(cell.strip().strip('"'))
            for cell in re.split("[,;\t]", header)
            if not cell.isascii()
        )
        beyond = [letter for letter in text if ord(letter) > 127]
        everyday = sum(_is_everyday(letter, encoding) for letter in beyond)
        share = everyday / len(beyond) if beyond else 0.0
        if named or share >= PLAUSIBLE:
            ranked.append((-named, -share, encoding))
    return [encoding for _, _, encoding in sorted(ranked, key=lambda guess: guess[:2])]


def _is_everyday(letter: str, encoding: str) -> bool:
    """Return whether a character is in GB2312, or in the first plane of Big5 or its signs."""
    try:
        if encoding == "gb18030":
            letter.encode("gb2312")
            return True
        return letter.encode("big5")[0] <= 0xC6
    except UnicodeEncodeError:
        return False


def separator_of(text: str, known: Known) -> str:
    """Return the separator that makes the best header of the first line."""
    first = next(iter(text[:SAMPLE].splitlines()), "")

    def rank(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=separator), [])
        return sum(known(cell.strip()) for cell in cells), len(cells)

    try:
        return max(SEPARATORS, key=rank)
    except csv.Error:
        return SEPARATORS[0]


def _no_table(text: str, separator: str, source: str, error: Exception) -> Finding:
    """Say where a quotation mark is left open, or else that the file is no table."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    sound = 0
    try:
        for _ in rows:
            sound += 1
    except csv.Error:
        problem = "a quotation mark is opened and never closed, or a cell is far too long"
        remedy = "Mend the quotation marks in this row or the one after it."
        return Finding(source, sound + 1, "", "", problem, remedy)
    problem = f"the file is no table ({str(error).strip().splitlines()[-1]})"
    return Finding(source, 0, "", "", problem, SAVE_AS_UTF8)


def _too_long(source: str, row: int, width: int, value: str) -> Finding:
    return Finding(
        source,
        row,
        "",
        value,
        f"the row has more cells than the header, which has {width}",
        "Put text that holds the separator in quotation marks, or name the column.",
    )
