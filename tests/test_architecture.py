"""The house keeps its shape: arrows, sizes, documented names, a light start.

The picture that belongs to these rules is docs/architecture.md.
"""

from __future__ import annotations

import ast
import configparser
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import optimizer

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "optimizer"
MODULES = sorted([*PACKAGE.rglob("*.py"), ROOT / "cli.py"])

LINES_PER_MODULE = 300
LINES_PER_FUNCTION = 40  # the docstring not counted
LONGER_MODULES: frozenset[str] = frozenset()
LONGER_FUNCTIONS: frozenset[str] = frozenset()

BELOW = {
    "errors": set(),
    "together": {"errors"},
    "bundled": {"together", "errors"},
    "chinese": set(),
    "columnar": {"errors"},
    "compiled": {"problem"},
    "domain": {"errors"},
    "inputs": {"columnar", "domain", "errors"},
    "problem": {"domain", "errors"},
    "solve": {"problem", "domain", "errors"},
    "model": {"solve", "problem", "domain", "errors", "together"},
    "results": {"model", "solve", "problem", "columnar", "domain", "errors"},
    "verify": {"domain", "errors"},
    "change": {"inputs", "domain", "errors"},
    "advice": {"change", "results", "model", "solve", "problem", "domain", "errors"},
    "explain": {"inputs", "results", "model", "problem", "columnar", "domain", "errors"},
    "compare": {"results", "columnar", "domain", "errors"},
    "activities": {"incentives", "inputs", "results", "problem", "domain", "errors"},
    "pacing": {
        "activities", "columnar", "inputs", "results", "problem", "workers", "domain", "errors",
    },
    "report": {
        "chinese", "compare", "frontier", "incentives", "pacing", "pay", "stress", "tune", "verify",
        "results", "model", "problem", "domain", "errors",
    },
}  # fmt: skip
"""Which rooms each room may import from."""
BELOW["workbook"] = {
    "bundled", "chinese", "inputs", "results", "domain", "errors", "together",
}  # fmt: skip
BELOW["planning"] = set(BELOW) - {"compare", "report", "verify", "workbook"}
BELOW["recalibrate"] = {
    "incentives", "pacing", "pay", "planning", "verify", "inputs", "results", "model", "problem",
    "domain", "errors",
}  # fmt: skip
BELOW["pipeline"] = set(BELOW) - {"recalibrate"}
BELOW["whatif"] = set(BELOW) - {"report", "recalibrate"} | {"workers"}
BELOW["incentives"] = {"columnar", "inputs", "domain", "errors"}
BELOW["pay"] = {
    "incentives", "pacing", "columnar", "inputs", "results", "problem", "domain", "errors",
}  # fmt: skip
BELOW["stress"] = {"compiled", "pay", "workers"} | BELOW["pay"]
BELOW["scorecards"] = {"pay"} | BELOW["pay"]
BELOW["review"] = {"pay", "pacing", "inputs", "results", "problem", "domain", "errors"}
BELOW["proposal"] = {
    "activities", "pacing", "change", "inputs", "results", "problem", "domain", "errors",
}  # fmt: skip
BELOW["frontier"] = {"stress"} | BELOW["stress"]
BELOW["tune"] = {"stress", "solve"} | BELOW["stress"]
BELOW["workers"] = {"errors"}
BELOW["schema"] = {"incentives", "scorecards", "domain", "errors"}
BELOW["batch"] = {
    "incentives",
    "inputs",
    "pipeline",
    "planning",
    "results",
    "stress",
    "workers",
    "errors",
}
BELOW["page"] = {
    "chinese", "compare", "incentives", "inputs", "results", "workbook", "domain", "errors",
}  # fmt: skip
BELOW["optimizer"] = set(BELOW)
BELOW["terminal"] = {
    "batch", "bundled", "errors", "frontier", "incentives", "pacing", "page", "pay",
    "proposal", "recalibrate", "report", "results", "review", "schema", "scorecards", "stress",
    "together", "tune", "workbook",
}  # fmt: skip
BELOW["cli"] = set(BELOW) - {"domain", "problem", "solve", "model"}

OTHERS = {
    "errors": set(),
    "together": set(),
    "bundled": set(),
    "chinese": set(),
    "columnar": {"numpy", "pandas", "pyarrow"},
    "compiled": {"llvmlite", "numba", "numpy"},
    "domain": {"numpy", "pandas"},
    "inputs": {"numpy", "openpyxl", "pandas", "pyarrow", "tomli_w"},
    "problem": {"numpy", "pandas"},
    "solve": {"highspy", "numpy", "pulp"},
    "model": {"highspy", "numpy", "pulp"},
    "results": {"numpy", "pandas"},
    "change": {"numpy", "pandas"},
    "advice": {"numpy", "pandas"},
    "explain": {"numpy", "pandas"},
    "compare": {"numpy", "pandas"},
    "activities": {"numpy", "pandas", "scipy"},
    "pacing": {"holidays", "numpy", "pandas", "scipy"},
    "recalibrate": {"numpy", "pandas", "scipy"},
    "whatif": {"numpy", "pandas"},
    "incentives": {"numpy", "pandas"},
    "pay": {"numpy", "pandas"},
    "scorecards": {"numpy", "pandas"},
    "stress": {"numpy", "pandas", "scipy"},
    "review": {"numpy", "pandas", "scipy"},
    "proposal": {"numpy", "pandas", "tomli_w"},
    "frontier": {"numpy", "pandas"},
    "tune": {"numpy", "pandas", "tomli_w"},
    "verify": {"numpy", "pandas", "pyarrow"},
    "workbook": {"numpy", "pandas", "xlsxwriter"},
    "page": {"numpy", "pandas"},
    "workers": {"distributed"},
    "batch": set(),
    "schema": set(),
    "report": {"matplotlib", "numpy", "pandas", "xlsxwriter"},
    "pipeline": {"pandas"},
    "planning": {"pandas"},
    "optimizer": set(),
    "terminal": {"click"},
    "cli": {"click"},
}
"""Which packages of others each room may use."""

HEAVY = [
    "highspy", "matplotlib", "numpy", "openpyxl", "pandas", "pulp", "pyarrow", "scipy",
    "xlsxwriter",
]  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """Return the room of a module; the facade's is ``optimizer``."""
    parts = module.split(".")
    return parts[1] if parts[0] == "optimizer" and len(parts) > 1 else parts[0]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def imports(node: ast.AST, *, with_types: bool) -> Iterator[str]:
    """Yield the full names of what a module imports, wherever in it."""
    if is_for_types_only(node) and not with_types:
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are written in full"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from imports(child, with_types=with_types)


NAMES = {module_name(path): path for path in MODULES}


def own_module(name: str) -> str | None:
    """Return the module of ours that an imported name is, or lies in."""
    if name in NAMES:
        return name
    parent = name.rpartition(".")[0]
    return parent if parent in NAMES else None


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_rooms_import_only_from_below(path: Path) -> None:
    module = module_name(path)
    room = room_of(module)
    for name in imports(tree_of(path), with_types=True):
        own = own_module(name)
        if own is not None:
            below = room_of(own)
            assert below == room or below in BELOW[room], f"{module} imports {name}"
        elif (top := name.split(".")[0]) not in sys.stdlib_module_names:
            assert top in OTHERS[room], f"{module} imports {name}"


def test_no_import_goes_in_a_circle() -> None:
    arrows = {}
    for module, path in NAMES.items():
        names = imports(tree_of(path), with_types=False)
        arrows[module] = {own for name in names if (own := own_module(name))} - {module}
    order = list(graphlib.TopologicalSorter(arrows).static_order())
    assert set(order) == set(NAMES)


def test_the_verifier_shares_nothing_with_what_it_checks() -> None:
    reached, waiting = set(), {name for name in NAMES if room_of(name) == "verify"}
    while waiting:
        module = waiting.pop()
        reached.add(module)
        names = imports(tree_of(NAMES[module]), with_types=True)
        waiting |= {own for name in names if (own := own_module(name))} - reached
    assert {room_of(module) for module in reached} <= {"verify", "domain", "errors"}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_modules_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    is_long = lines > LINES_PER_MODULE
    assert is_long == (module_name(path) in LONGER_MODULES), f"{lines} lines"


def functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module_name(path)}.{node.name}", node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its decorators and docstring."""
    assert node.end_lineno is not None
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node) is not None:
        text = node.body[0]
        assert text.end_lineno is not None
        lines -= text.end_lineno - text.lineno + 1
    return lines


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_functions_are_short(path: Path) -> None:
    lengths = {name: length(node) for name, node in functions(path)}
    long = {name: lines for name, lines in lengths.items() if lines > LINES_PER_FUNCTION}
    assert {name for name in long if name not in LONGER_FUNCTIONS} == set(), long


def test_no_exception_is_kept_for_nothing() -> None:
    lengths = {name: length(node) for path in MODULES for name, node in functions(path)}
    for name in LONGER_FUNCTIONS:
        assert lengths[name] > LINES_PER_FUNCTION, name
    assert not LONGER_MODULES - set(NAMES)


def public(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
            yield f"{prefix}.{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{prefix}.{child.name}")


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_public_names_are_documented(path: Path) -> None:
    tree = tree_of(path)
    if not tree.body:
        return
    assert ast.get_docstring(tree), "the module says what it is for"
    bare = [
        name
        for name, node in public(tree, module_name(path))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not ast.get_docstring(node)
    ]
    assert bare == []


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_the_library_does_not_print(path: Path) -> None:
    calls = (node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))
    assert "print" not in {call.id for call in calls if isinstance(call, ast.Name)}


def test_inits_of_rooms_are_empty() -> None:
    for path in PACKAGE.glob("*/__init__.py"):
        assert path.read_text(encoding="utf-8") == "", path


def order_of_names(name: str) -> tuple[int, str]:
    """Constants first, then types, then functions; each by the alphabet."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_exported_names_are_sorted(path: Path) -> None:
    for node in tree_of(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = ast.literal_eval(node.value)
            assert list(names) == sorted(set(names), key=order_of_names)


def test_the_facade_keeps_its_promises() -> None:
    for name in optimizer.__all__:
        thing = getattr(optimizer, name)
        assert name.startswith("__") or thing.__doc__, name
    with pytest.raises(AttributeError, match="no_such_name"):
        optimizer.no_such_name  # noqa: B018


@pytest.mark.parametrize(
    "code",
    [
        "import cli",
        "import optimizer",
        "import cli, contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    cli.main(['--help'])",
    ],
    ids=["import cli", "import optimizer", "help"],
)
def test_nothing_heavy_is_loaded_at_the_start(code: str) -> None:
    code += f"\nimport sys\nprint(sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "[]"


def test_setup_names_every_room_and_every_extra() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    rooms = {module_name(path) for path in PACKAGE.rglob("__init__.py")} | {"optimizer.examples"}
    assert setup["options"]["packages"].split() == sorted(rooms)
    assert (PACKAGE / "py.typed").exists()


def test_every_requirement_has_its_lowest_version_tried() -> None:
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    required = setup["options"]["install_requires"].split()
    lowest = (ROOT / "tests" / "lowest.txt").read_text(encoding="utf-8")
    pinned = dict(line.split("==") for line in lowest.splitlines() if "==" in line)
    for line in required:
        name, version = line.split(",")[0].split(">=")
        tried = tuple(int(part) for part in pinned[name].split("."))
        allowed = tuple(int(part) for part in version.split("."))
        assert tried[: len(allowed)] == allowed, name
        assert not any(tried[len(allowed) :]), name
