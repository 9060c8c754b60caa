"""Ways to break workbooks from inside: the XML of their parts, and the archive that holds them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from random import Random

from tests.fuzzing.raw import STEPS, Step, mutated

_NUMBER = re.compile(rb"\d+(?:\.\d+)?")
_PLACE = re.compile(rb' r="[A-Z]*\d+"')
_KIND = re.compile(rb' t="[a-zA-Z]+"')
_STYLE = re.compile(rb' s="\d+"')
_VALUE = re.compile(rb"<v>[^<]*</v>")
_TAG = re.compile(rb"<[^<>]*>")

PLACES = ("A0", "XFE1", "ZZZZ9", "A1048577", "A99999999", "1", "A", "", "a1", "$A$1", "XFD1048576")
KINDS = ("s", "b", "e", "str", "inlineStr", "n", "d", "zzz", "")
VALUES = (
    "-1", "999999", "1e400", "NaN", "inf", "", "2024-13-45", "45000.5", "-700000", "3e9", "TRUE",
    "#REF!", "0.1", "9" * 400, "1E", "&lt;", "\u202e", "1 2",
)  # fmt: skip
EXTRA = (
    b'<mergeCells count="1"><mergeCell ref="A1:C9"/></mergeCells>',
    b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    b"<c><f>1+1</f></c>", b"<c><f>1/0</f><v>2</v></c>", b'<c t="s"><v>99999</v></c>',
    b'<c t="d"><v>2024-02-30</v></c>', b'<c r="B2"><f t="shared" ref="B2:B9" si="0">A1</f></c>',
    b'<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', b"<row/>", b'<row r="-5"/>',
    b'<row r="900000"><c r="A900000"><v>1</v></c></row>', b'<dimension ref="A1:XFD9"/>', b"<v/>",
    b"<sheetData/>", b"<!-- -->", b"<?x?>", b"<![CDATA[x]]>", b"&#0;", b"&amp;", b"&unknown;",
)  # fmt: skip


def unpacked(data: bytes) -> dict[str, bytes] | None:
    """Return the parts of an archive; None where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {item.filename: archive.read(item) for item in archive.infolist()[:100]}
    except Exception:
        return None


def packed(parts: dict[str, bytes]) -> bytes:
    """Return an archive of parts, the same bytes for the same parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            item = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            item.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(item, content)
    return out.getvalue()


def _one(pattern: re.Pattern[bytes], new: bytes, text: bytes, random: Random) -> bytes:
    """Put something in the place of one match."""
    found = list(pattern.finditer(text))
    if not found:
        return text
    one = random.choice(found)
    return text[: one.start()] + new + text[one.end() :]


def _xml(text: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Change one thing in the XML of a part."""
    kind = random.randrange(8)
    if kind == 0:
        return _one(_PLACE, f' r="{random.choice(PLACES)}"'.encode(), text, random)
    if kind == 1:
        return _one(_KIND, f' t="{random.choice(KINDS)}"'.encode(), text, random)
    if kind == 2:
        return _one(_STYLE, f' s="{random.choice(VALUES)}"'.encode(), text, random)
    if kind == 3:
        return _one(_VALUE, f"<v>{random.choice(VALUES)}</v>".encode(), text, random)
    if kind == 4:
        return _one(_NUMBER, random.choice(VALUES).encode(), text, random)
    if kind == 5:
        return _one(_TAG, random.choice((b"", b"<a>", random.choice(EXTRA))), text, random)
    if kind == 6:
        tags = list(_TAG.finditer(text))
        place = random.choice(tags).end() if tags else 0
        return text[:place] + random.choice(EXTRA) + text[place:]
    return mutated(text, random, others)


def book_part(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Change one part of a workbook, as a rule a sheet."""
    parts = unpacked(data)
    if not parts:
        return data
    sheets = [name for name in parts if "sheet" in name.lower()]
    names = sheets if sheets and random.random() < 0.6 else list(parts)
    name = random.choice(names)
    kind = random.randrange(20)
    if kind == 0:
        del parts[name]
    elif kind == 1:
        parts[random.choice(("", "../x", "xl/workbook.xml", "a" * 300, "é"))] = parts.pop(name)
    elif kind == 2:
        parts[name] = parts[random.choice(list(parts))]
    else:
        for _ in range(random.choice((1, 1, 2, 8))):
            parts[name] = _xml(parts[name], random, others)
    return packed(parts)


BOOK_STEPS: tuple[Step, ...] = (*STEPS, *[book_part] * 30)
