"""Calls of a class that somebody wrote: ``model = Block(256)``, then ``model(torch.randn(4, 128, 256))``."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kernelagent_lsp.guessing.source import Source

_DEEPEST = 8
_LONGEST = 400
"""Characters of a call's text; what is longer is no example for people."""


@dataclass(frozen=True)
class Call:
    """In terms of ``torch`` alone: nothing else is in scope where the directive stands."""

    init: tuple[tuple[str, ...], dict[str, str]] | None
    inputs: str | None
    """``None``: nobody calls the instance with something that can be told."""


@dataclass(frozen=True)
class _Scope:
    """The statements of a function or a file, with what is assigned in them once."""

    body: Sequence[ast.stmt]
    bound: Mapping[str, ast.expr | None]
    """``None``: several things, or something that can't be written."""


def calls_in(tree: ast.Module, class_name: str, kept: Source | None = None) -> Iterator[Call]:
    """Those in ``tree``, those that also say inputs first. ``kept``: this is the class's own file, whose functions and
    constants are in scope where the directive stands."""
    own = frozenset() if kept is None else frozenset(kept.imports) | frozenset(kept.functions)
    top = _scope(tree.body, {}, None)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found += list(_calls(_scope(node.body, top.bound, node.args), class_name, own))
    found += list(_calls(top, class_name, own))
    yield from sorted(found, key=lambda call: call.inputs is None)


def _scope(body: Sequence[ast.stmt], around: Mapping[str, ast.expr | None], args: ast.arguments | None) -> _Scope:
    bound: dict[str, ast.expr | None] = dict(around)
    if args is not None:
        parameters = [*args.posonlyargs, *args.args]
        bound.update({arg.arg: None for arg in (*parameters, *args.kwonlyargs)})
        defaults = [*zip(parameters[::-1], args.defaults[::-1], strict=False)]
        defaults += [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None]
        bound.update({a.arg: d for a, d in defaults if not (isinstance(d, ast.Constant) and d.value is None)})
    counts: dict[str, int] = {}
    for node in _own(body):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, _TARGETED) else []
        for target in targets:
            values = node.value if isinstance(node, ast.Assign) else None
            for name, value in _pairs(target, values):
                counts[name] = counts.get(name, 0) + 1
                bound[name] = value if counts[name] == 1 else None
    return _Scope(body, bound)


_TARGETED = (ast.AugAssign, ast.For)


def _pairs(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, (ast.Name, ast.Attribute)):
        yield ast.unparse(target), value
    elif isinstance(target, (ast.Tuple, ast.List)):
        same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        for place, one in enumerate(target.elts):
            yield from _pairs(one, value.elts[place] if same and isinstance(value, (ast.Tuple, ast.List)) else None)


def _own(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Every node but those of functions and classes inside."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting += list(ast.iter_child_nodes(node))


def _calls(scope: _Scope, class_name: str, own: frozenset[str]) -> Iterator[Call]:
    made: dict[str, ast.Call] = {}
    nodes = list(_own(scope.body))
    for node in nodes:
        if isinstance(node, ast.Assign):
            built = _construction(node.value, class_name)
            if built is not None:
                made.update({ast.unparse(target): built for target in node.targets})
    used: set[int] = set()
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        callee = node.func
        if isinstance(callee, ast.Attribute) and callee.attr == "forward":
            callee = callee.value
        built = _construction(callee, class_name) or made.get(ast.unparse(callee))
        if built is None or node is built:
            continue
        inputs = _inputs(node, scope, own)
        if inputs is not None:
            used.add(id(built))
            yield Call(_init(built, scope, own), inputs)
    for node in nodes:
        if isinstance(node, ast.Call) and id(node) not in used and _is_class(node.func, class_name):
            init = _init(node, scope, own)
            if init is not None:
                yield Call(init, None)


def _construction(node: ast.expr, class_name: str) -> ast.Call | None:
    """``Block(256)``, also as ``Block(256).eval().to(device)``, or compiled."""
    while isinstance(node, ast.Call):
        if _is_class(node.func, class_name):
            return node
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            node = node.func.value
        elif node.args and ast.unparse(node.func) in ("torch.compile", "torch.jit.script"):
            node = node.args[0]
        else:
            return None
    return None


def _is_class(function: ast.expr, class_name: str) -> bool:
    last = class_name.rpartition(".")[2]
    return (isinstance(function, ast.Name) and function.id == last) or (
        isinstance(function, ast.Attribute) and function.attr == last
    )


def _init(call: ast.Call, scope: _Scope, own: frozenset[str]) -> tuple[tuple[str, ...], dict[str, str]] | None:
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(each.arg is None for each in call.keywords):
        return None
    args = [_written(arg, scope, own) for arg in call.args]
    kwargs = {keyword.arg: _written(keyword.value, scope, own) for keyword in call.keywords}
    if None in args or None in kwargs or None in kwargs.values():
        return None
    return tuple(str(arg) for arg in args), {str(name): str(text) for name, text in kwargs.items()}


def _inputs(call: ast.Call, scope: _Scope, own: frozenset[str]) -> str | None:
    from kernelagent_lsp.guessing.guess import tuple_of

    found = _init(call, scope, own)
    if found is None or (not found[0] and not found[1]):
        return None
    args, kwargs = found
    if kwargs and args:
        return None  # inputs are positional or by name
    text = "{" + ", ".join(f"{n!r}: {t}" for n, t in kwargs.items()) + "}" if kwargs else tuple_of(args)
    return text if "torch." in text else None


def _written(node: ast.expr, scope: _Scope, own: frozenset[str]) -> str | None:
    """The expression with what its names stand for; ``None`` where something would be missing."""
    found = _resolved(node, scope, own, _DEEPEST)
    if found is None:
        return None
    text = ast.unparse(ast.fix_missing_locations(found))
    return text if len(text) <= _LONGEST and "\n" not in text else None


class _Missing(Exception):
    pass


class _Resolver(ast.NodeTransformer):
    def __init__(self, scope: _Scope, own: frozenset[str], depth: int) -> None:
        self._scope, self._own, self._depth = scope, own, depth

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == "torch" and self._scope.bound.get("torch", node) is node:
            return node
        value = self._scope.bound.get(node.id)
        if value is not None and self._depth > 0:
            return self._inner(value)
        if node.id in self._scope.bound:
            raise _Missing
        if node.id in self._own or hasattr(builtins, node.id):
            return node
        raise _Missing

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        written = ast.unparse(node)
        value = self._scope.bound.get(written)
        if value is not None and self._depth > 0:
            return self._inner(value)
        node = ast.Attribute(self.visit(node.value), node.attr, ast.Load())
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("cuda", "cpu") and not node.args:
            found: ast.expr = self.visit(node.func.value)
            return found
        if isinstance(node.func, ast.Attribute) and node.func.attr == "to" and _names_device(node):
            found = self.visit(node.func.value)
            return found
        keywords = [
            keyword for keyword in node.keywords if keyword.arg not in ("device", "requires_grad", "pin_memory")
        ]
        return ast.Call(
            self.visit(node.func),
            [self.visit(arg) for arg in node.args],
            [ast.keyword(keyword.arg, self.visit(keyword.value)) for keyword in keywords],
        )

    def _inner(self, value: ast.expr) -> ast.expr:
        found = _resolved(value, self._scope, self._own, self._depth - 1)
        if found is None:
            raise _Missing
        return found


def _names_device(node: ast.Call) -> bool:
    return "device" in ast.unparse(node) or any(
        isinstance(arg, ast.Constant) and isinstance(arg.value, str) for arg in node.args
    )


def _resolved(node: ast.expr, scope: _Scope, own: frozenset[str], depth: int) -> ast.expr | None:
    copy = ast.parse(ast.unparse(node), mode="eval").body
    try:
        found: ast.expr = _Resolver(scope, own, depth).visit(copy)
    except _Missing:
        return None
    if any(
        isinstance(each, (ast.Lambda, ast.Await, ast.Yield, ast.NamedExpr, ast.Starred)) for each in ast.walk(found)
    ):
        return None
    return found
