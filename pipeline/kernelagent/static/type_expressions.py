"""Annotations: each a type, and nothing that computes.

A text there is code to whatever evaluates it (PyTorch's registration of operators), and ``from __future__ import
annotations`` makes a text of every one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from kernelagent.static.names import root_of
from kernelagent.static.parsing import parse
from kernelagent.static.walk import walk

Of = Callable[[ast.expr], str | None]
_LITERAL = frozenset({"typing.Literal", "typing_extensions.Literal"})
_NOT_A_TYPE = "annotates by {}, which is no type: it may run as code"


def hints_of(tree: ast.AST) -> Iterator[ast.expr]:
    """Of arguments, results and variables, wherever they stand."""
    for node in walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            yield node.returns


def no_types(tree: ast.AST, of: Of) -> Iterator[tuple[str, ast.AST]]:
    """Annotations that are no types, and what to say of each. ``of``: the dotted path of an expression."""
    named = _Named(tree, of)
    for annotation in hints_of(tree):
        wrong = next(named.wrong(annotation), None)
        if wrong is not None:
            yield _NOT_A_TYPE.format(_shortened(wrong)), annotation


def written_out(annotation: ast.expr) -> ast.expr:
    """A text as the expression that it is, with the lines of where it stands; itself where that cannot be had."""
    if not isinstance(annotation, ast.Constant) or not isinstance(annotation.value, str):
        return annotation
    try:
        found = parse(annotation.value.strip(), "eval").body
    except (SyntaxError, ValueError):
        return annotation
    for node in walk(found):
        ast.copy_location(node, annotation)
    return found


_MAKING = frozenset(
    {"typing.TypeVar", "typing.NewType", "typing.ParamSpec", "typing.NamedTuple", "collections.namedtuple"}
)
"""Calls whose result stands for a type."""


class _Named:
    """What a file's names stand for: one that holds a text would be evaluated as the text is."""

    def __init__(self, tree: ast.AST, of: Of) -> None:
        self._of = of
        self._classes, self._otherwise = set[str](), set[str]()
        self._given: dict[str, list[ast.expr]] = {}
        nodes = walk(tree)
        targets = set[int]()
        for node in nodes:
            match node:
                case ast.ClassDef(name=name):
                    self._classes.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    self._otherwise.add(name)
                    self._otherwise |= set(_seen_inside(node))
                case (
                    ast.Assign(targets=[ast.Name() as target], value=value)
                    | ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value)
                ):
                    self._given.setdefault(target.id, []).append(value)
                    targets.add(id(target))
                case ast.AnnAssign(target=ast.Name() as target):
                    targets.add(id(target))  # it is given nothing
                case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.ExceptHandler(name=str(name)):
                    self._otherwise.add(name)
        stored = (n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        self._otherwise |= {node.id for node in stored if id(node) not in targets}

    def wrong(self, node: ast.expr) -> Iterator[ast.expr]:
        """Parts that make an expression something else than a type."""
        match node:
            case ast.Name(id=name):
                if self._is_given(name):
                    yield node
            case ast.Attribute(value=ast.Name() | ast.Attribute() as value, attr=name):
                root = root_of(value)
                is_own = root in self._classes and name in self._classes and not self._is_given(name)
                if not is_own and (self._of(node) is None or self._is_given(root)):
                    yield node
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                yield from self.wrong(left)
                yield from self.wrong(right)
            case ast.Subscript(value=ast.Name() | ast.Attribute() as value, slice=inside):
                yield from self.wrong(value)
                is_literal = self._of(value) in _LITERAL
                for part in _parts(inside):
                    if not (is_literal and _is_value(part)):
                        yield from self.wrong(part)
            case ast.Constant() if node.value is None or node.value is ...:
                return
            case ast.Constant(value=str()):
                meant = written_out(node)
                if meant is node or (isinstance(meant, ast.Constant) and isinstance(meant.value, str)):
                    yield node
                else:
                    yield from self.wrong(meant)
            case _:
                yield node

    def _is_given(self, name: str) -> bool:
        """Something that is no type."""
        if name in self._otherwise:
            return True
        values = self._given.pop(name, [])  # a name that stands for itself ends here
        found = not all(self._makes(value) for value in values)
        self._given[name] = values
        return found

    def _makes(self, value: ast.expr) -> bool:
        if isinstance(value, ast.Call):
            return self._of(value.func) in _MAKING
        return next(self.wrong(value), None) is None


def _seen_inside(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Parameters that annotations can name: those of definitions in the function."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if any(isinstance(part, definitions) for statement in function.body for part in walk(statement)):
        yield from (argument.arg for argument in walk(function.args) if isinstance(argument, ast.arg))


def _parts(inside: ast.expr) -> Iterator[ast.expr]:
    """Of a subscript, also of tuples and lists in it: ``Callable[[int], tuple[int, ...]]``."""
    if isinstance(inside, (ast.Tuple, ast.List)):
        for part in inside.elts:
            yield from _parts(part)
    else:
        yield inside


def _is_value(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant)


def _shortened(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}..."
