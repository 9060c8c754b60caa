"""Which statements of a kernel each test reaches: learned by probes in the live functions."""

from __future__ import annotations

import gc
import importlib
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from kernels import ROOT, Kernel
from mutants import with_probes

PROBE = "__reached__"

Codes = dict[tuple[str, int], list[FunctionType]]
"""Name and first line → the live functions."""

Reached = dict[str, dict[str, object]]
"""Test → its seconds, and the places of statements that it reaches."""


def functions(paths: Sequence[str]) -> dict[str, Codes]:
    """Return the live functions of modules by path, then by name and first line."""
    files = {str(ROOT / path): path for path in paths}
    found: dict[str, Codes] = {path: defaultdict(list) for path in paths}
    for path in paths:
        importlib.import_module(path.removesuffix(".py").replace("/", "."))
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename in files:
            code = one.__code__
            codes = found[files[code.co_filename]]
            codes[code.co_qualname, code.co_firstlineno].append(one)
    return found


def inner_codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a module's functions, methods, and what is in them."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from inner_codes(constant)


def swap(live: Codes, code: CodeType) -> None:
    """Give live functions the code of another version of their module."""
    for inner in inner_codes(code):
        for function in live.get((inner.co_qualname, inner.co_firstlineno), []):
            function.__code__ = inner


class Reach:
    """Learn which statements each test reaches, and how long it takes."""

    def __init__(self, kernel: Kernel, to: Path) -> None:
        self.kernel, self.to = kernel, to
        self.seen: set[tuple[str, int, int]] = set()
        self.by_fixture: dict[int, set[tuple[str, int, int]]] = {}
        self.found: Reached = {}

    def pytest_collection_finish(self) -> None:
        for path, live in functions(self.kernel.modules).items():
            swap(live, with_probes(path, PROBE))
            for function in (one for several in live.values() for one in several):
                function.__globals__[PROBE] = self.seen.add
        self.caches = [one for one in gc.get_objects() if isinstance(one, _lru_cache_wrapper)]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
        before = set(self.seen)
        self.seen.clear()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self.by_fixture[id(fixturedef)] = set(self.seen)
            self.seen |= before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Function) -> Iterator[None]:
        for cached in self.caches:
            if getattr(cached, "__module__", "").startswith(("optimizer", "test", "instances")):
                cached.cache_clear()
        self.seen.clear()
        started = time.process_time()
        try:
            return (yield)
        finally:
            seconds, places = time.process_time() - started, set(self.seen)
            for definitions in item._fixtureinfo.name2fixturedefs.values():
                places |= self.by_fixture.get(id(definitions[-1]), set())
            self.found[item.nodeid] = {"seconds": seconds, "places": sorted(places)}

    def pytest_sessionfinish(self) -> None:
        self.to.write_text(json.dumps(self.found), encoding="utf-8")
