"""Mutants: small wrong changes of a module's source, each of which some test should notice.

A mutant is one change in one place inside one statement. What is only read or shown is left
alone: docstrings, annotations, texts, the arguments of errors, ``__all__``, type checks.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parent.parent

Place = tuple[int, int]
"""Line and column at which a statement begins."""

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult,
}  # fmt: skip
TWINS = [
    ("min", "max"), ("minimum", "maximum"), ("floor", "ceil"), ("any", "all"), ("argmin", "argmax"),
    ("fmin", "fmax"), ("logical_and", "logical_or"),
]  # fmt: skip
NAMES = dict(TWINS) | {second: first for first, second in TWINS}
BUILTINS = {"min", "max", "any", "all"}
ROUNDINGS = {"ROUND_CEILING": "ROUND_FLOOR", "ROUND_FLOOR": "ROUND_CEILING",
             "ROUND_HALF_UP": "ROUND_DOWN", "ROUND_HALF_EVEN": "ROUND_DOWN"}  # fmt: skip
SIDES = {"left": "right", "right": "left"}
SORTS = {"argsort", "sorted", "lexsort"}


@dataclass(frozen=True)
class Mutant:
    """One small wrong change.

    Attributes
    ----------
    path : str
        The module's file, from the root of the project.
    number : int
        Which of the module's mutants.
    line : int
        Where the change is.
    statement : Place
        The statement it is in.
    function : str
        Full name of the outermost function it is in; blank where it is in none.
    before, after : str
        The code of the changed place.
    """

    path: str
    number: int
    line: int
    statement: Place
    function: str
    before: str
    after: str

    def __str__(self) -> str:
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{self.path}:{self.line} #{self.number}: {before} -> {after}"


def parsed(path: str) -> ast.Module:
    """Return a module's source as a tree."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def is_text(node: ast.AST | None) -> bool:
    """Say whether an expression is seen to be text, or is built of it."""
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def alternatives(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what an expression or statement may be wrongly changed into."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        changed = copy.deepcopy(node)
        changed.ops = [COMPARISONS[type(node.ops[0])]()]
        yield changed
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in ARITHMETIC:
        if not is_text(node if isinstance(node, ast.BinOp) else node.value):
            turned = copy.deepcopy(node)
            turned.op = ARITHMETIC[type(node.op)]()
            yield turned
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(other, node.values)
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from constants(node)
    elif isinstance(node, ast.Slice):
        if node.lower is not None:
            yield ast.Slice(None, node.upper, node.step)
        if node.upper is not None:
            yield ast.Slice(node.lower, None, node.step)
    elif isinstance(node, ast.Name) and node.id in BUILTINS:
        yield ast.Name(NAMES[node.id], node.ctx)
    elif isinstance(node, ast.Name) and node.id in ROUNDINGS:
        yield ast.Constant(ROUNDINGS[node.id])
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield ast.Attribute(node.value, NAMES[node.attr], node.ctx)
    elif isinstance(node, ast.Call):
        yield from calls(node)
    if isinstance(node, ast.stmt):
        yield from removals(node)
    if isinstance(node, ast.If | ast.IfExp | ast.While) and not isinstance(
        node.test, ast.Compare | ast.BoolOp | ast.UnaryOp
    ):
        negated = copy.copy(node)
        negated.test = ast.UnaryOp(ast.Not(), node.test)
        yield negated


def constants(node: ast.Constant) -> Iterator[ast.AST]:
    """Yield the neighbours of a number, a truth or a side."""
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node.value, str) and node.value in SIDES:
        yield ast.Constant(SIDES[node.value])


def calls(node: ast.Call) -> Iterator[ast.AST]:
    """Yield a call without one of its named arguments, or with the order it gives turned."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if isinstance(node.func, ast.Name):
        name = node.func.id
    if name in SORTS:
        yield ast.Subscript(node, ast.Slice(None, None, ast.Constant(-1)), ast.Load())
    if isinstance(node.func, ast.Attribute):
        for argument in node.keywords:
            if argument.arg not in (None, "strict", "dtype"):
                others = [other for other in node.keywords if other is not argument]
                yield ast.Call(node.func, node.args, others)


def removals(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield nothing in place of a statement that other code runs without."""
    inner = node.targets if isinstance(node, ast.Assign) else []
    if (
        isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        or any(isinstance(target, ast.Subscript | ast.Attribute) for target in inner)
    ):
        yield ast.Pass()


def is_left_alone(node: ast.AST, field: str, child: ast.AST) -> bool:
    """Say whether a part of a node is only read or shown, or says what type something has."""
    if field in ("annotation", "returns", "decorator_list", "type_comment"):
        return True
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True
    if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
        return True
    if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name):
        name = child.targets[0].id
        return name == "__all__" or (name[:1].isupper() and isinstance(child.value, ast.Subscript))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("isinstance", "cast", "field", "TypeVar")
    return False


Parent = tuple[ast.AST, str, int | None]


def visited(
    node: ast.AST, statement: Place, function: str
) -> Iterator[tuple[Parent, ast.AST, Place, str]]:
    """Yield all that may be changed, with where it hangs, its statement and its function."""
    for field, value in ast.iter_fields(node):
        for place, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or is_left_alone(node, field, child):
                continue
            own, home = statement, function
            if isinstance(child, ast.stmt):
                own = child.lineno, child.col_offset
            if field == "body" and isinstance(node, ast.FunctionDef) and not function:
                home = node.name
            where = (node, field, place if isinstance(value, list) else None)
            yield where, child, own, home
            yield from visited(child, own, home)


def changes(tree: ast.Module) -> Iterator[tuple[Parent, ast.AST, ast.AST, Place, str]]:
    """Yield every place of a tree with one wrong change of it, always in the same order."""
    for where, node, statement, function in visited(tree, (0, 0), ""):
        for other in alternatives(node):
            yield where, node, other, statement, function


def mutants_of(path: str) -> list[Mutant]:
    """Return all mutants of a module."""
    found = []
    for number, (_, node, other, statement, function) in enumerate(changes(parsed(path))):
        line = getattr(node, "lineno", statement[0])
        texts = (ast.unparse(ast.fix_missing_locations(one)) for one in (node, other))
        before, after = (text.splitlines()[0] for text in texts)
        found.append(Mutant(path, number, line, statement, function, before, after))
    return found


def mutated(mutant: Mutant) -> CodeType:
    """Compile a mutant's module."""
    tree = parsed(mutant.path)
    for number, ((parent, field, place), node, other, *_) in enumerate(changes(tree)):
        if number == mutant.number:
            ast.copy_location(other, node)
            if place is None:
                setattr(parent, field, other)
            else:
                getattr(parent, field)[place] = other
            break
    return compile(ast.fix_missing_locations(tree), str(ROOT / mutant.path), "exec")


def with_probes(path: str, probe: str) -> CodeType:
    """Compile a module that calls a probe with the place of each statement in a function."""
    tree = parsed(path)
    for node in list(ast.walk(tree)):
        for field, value in ast.iter_fields(node):
            inside = not isinstance(node, ast.Module | ast.ClassDef)
            if inside and isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, field, list(probed(value, path, probe)))
    return compile(ast.fix_missing_locations(tree), str(ROOT / path), "exec")


def probed(statements: list[ast.stmt], path: str, probe: str) -> Iterator[ast.stmt]:
    """Yield statements, each after a call of the probe."""
    for statement in statements:
        place = ast.Constant((path, statement.lineno, statement.col_offset))
        call = ast.Expr(ast.Call(ast.Name(probe, ast.Load()), [place], []))
        yield ast.copy_location(call, statement)
        yield statement
