"""Ways to break bytes, whatever they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

Step = Callable[[bytes, Random, Sequence[bytes]], bytes]
"""Bytes, chance and other inputs → bytes that are a little different."""

LARGEST = 1 << 20
"""Bytes that an input may grow to."""

TOKENS = (
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0", b"\r", b"\r\n", b"\n\n", b"\x1a", b"\x0b",
    b"\x0c", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0",
    b'"', b"'", b"''", b'"""', b"\\", b",", b";", b"\t", b"=", b"[", b"]", b"[[", b"]]", b"{",
    b"}", b"#", b".", b"-", b"+", b"%", b"nan", b"inf", b"-inf", b"NaN", b"1e400", b"-1e400",
    b"1e-400", b"9" * 400, b"0", b"-0", b"-1", b"0.1", b"1e308", b"9007199254740993", b"true",
    b"2024-02-30", b"0001-01-01", b"9999-12-31", b"2024-01-01T00:00:00Z", b"25:61", b"#REF!",
    "１２３".encode(), "٣٫١٤".encode(), "²".encode(), "½".encode(), "−5".encode(),
    "\u202eabc".encode(), "\u200b".encode(), "\u3000".encode(), "\ufeff".encode(), "é".encode(),
    "e\u0301".encode(), "销售".encode(), "销售".encode("gb18030"), "銷售".encode("cp950"), b"\x80",
    "😀".encode(), "İ".encode(), "ß".encode(), b"=1+1", b"__class__", b"%s%n", b"../../x", b"*",
)  # fmt: skip
"""Texts that readers have stumbled over somewhere."""


def _span(data: bytes, random: Random) -> tuple[int, int]:
    """Return a stretch of the bytes, mostly a short one."""
    start = random.randrange(len(data) + 1)
    longest = len(data) - start if random.random() < 0.05 else min(len(data) - start, 32)
    return start, start + random.randint(0, longest)


def flipped(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Turn over one bit."""
    if not data:
        return data
    place = random.randrange(len(data))
    turned = data[place] ^ (1 << random.randrange(8))
    return data[:place] + bytes([turned]) + data[place + 1 :]


def overwritten(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Put other bytes in the place of some."""
    start, end = _span(data, random)
    return data[:start] + random.randbytes(end - start) + data[end:]


def inserted(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Put a token somewhere."""
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(TOKENS) + data[place:]


def replaced(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Put a token in the place of a stretch."""
    start, end = _span(data, random)
    return data[:start] + random.choice(TOKENS) + data[end:]


def removed(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Take a stretch out."""
    start, end = _span(data, random)
    return data[:start] + data[end:]


def repeated(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Say a stretch several times, now and then thousands of times."""
    start, end = _span(data, random)
    times = 5000 if random.random() < 0.005 else random.choice((2, 2, 3, 10))
    return data[:end] + data[start:end] * min(times, 1 + 50_000 // max(end - start, 1)) + data[end:]


def truncated(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Cut the end off."""
    return data[: random.randrange(len(data) + 1)]


def spliced(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Go on as another input does."""
    other = random.choice(others) if others else data
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


STEPS: tuple[Step, ...] = (
    flipped, overwritten, inserted, inserted, replaced, replaced, removed, repeated, truncated,
    spliced,
)  # fmt: skip


def mutated(
    data: bytes, random: Random, others: Sequence[bytes], steps: Sequence[Step] = STEPS
) -> bytes:
    """Return bytes that went through a few steps, one as a rule.

    Parameters
    ----------
    data : bytes
    random : Random
    others : sequence of bytes
        Inputs to splice with.
    steps : sequence of Step
    """
    while True:
        data = random.choice(steps)(data, random, others)[:LARGEST]
        if random.random() < 0.5:
            return data
