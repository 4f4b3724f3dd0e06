"""Which parts of a kernel's file run, and which the static check reads.

By names: what ``kernel_function``, the module's class and the top level can reach. A name can be hidden, so the judge
does not rest on it: where a file is judged, what was not read is not there (:func:`without_unread`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kernelagent.static import at_import, classes
from kernelagent.static.names import REGISTERING, Names
from kernelagent.static.parsing import parse
from kernelagent.static.walk import walk

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Named = dict[str, list[Definition]]
"""By name: what is defined twice was perhaps handed on before."""
_OF_MODULES = frozenset({"__getattr__", "__dir__"})
"""Functions that Python calls when the file is asked for a name (:pep:`562`)."""


@dataclass(frozen=True)
class Extent:
    top: tuple[ast.stmt, ...]
    """Statements that importing the file runs, and its definitions; without the self-check."""
    statements: tuple[ast.stmt, ...]
    made: tuple[ast.stmt, ...]
    """What definitions run where they stand: decorators, defaults, bodies of classes; expressions as statements."""
    defined: tuple[Definition, ...]
    jitted: tuple[ast.FunctionDef, ...]
    entries: tuple[str, ...]
    """``kernel_function`` and module classes, as far as they are there."""
    running: frozenset[Definition]
    """Definitions that run when the kernel is called."""
    reached: tuple[Definition, ...]
    """And those that run before."""

    @property
    def unread(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Functions, also methods, that nothing reaches."""
        for definition in self.defined:
            if definition not in self.reached and definition not in self.jitted:
                yield from _functions(definition)


def extent(tree: ast.Module, names: Names) -> Extent:
    top = tuple(_top_level(tree.body))
    defined = tuple(node for node in top if isinstance(node, _DEFINITIONS))
    statements = tuple(node for node in top if not isinstance(node, _DEFINITIONS))
    jitted = tuple(n for n in walk(tree) if isinstance(n, ast.FunctionDef) and is_jitted(n, names))
    entries = list(dict.fromkeys(node.name for node in defined if _is_entry(node)))
    named: _Named = {}
    for node in defined:
        named.setdefault(node.name, []).append(node)
    handed = _handed_on_where_defined(defined, jitted, statements)
    handed += _called_as_operators(tree, defined, names)
    first = [*_handed_on_by(statements, named, entries), *entries, *handed]
    running = _reachable(first, named, _runs)
    made = [part for node in defined for part in at_import.run_by(node)]
    looked_up = [part for node in defined for part in at_import.evaluated_by(node)]
    called = [part for part in looked_up if any(isinstance(n, (ast.Call, ast.NamedExpr)) for n in walk(part))]
    roots = [*running, *at_import.classes_with_hooks(defined)]
    roots += _mentioned([*statements, *made, *called, *_of(running, named)])
    building = _reachable(roots, named, _everything)
    also = _handed_on_by([*made, *called, *_of(building, named)], named, entries)  # by a constructor, say
    running = _reachable([*first, *also], named, _runs)
    reached = dict.fromkeys([*_of(running, named), *_of(building, named), *(n for n in defined if n in jitted)])
    runs = frozenset(_of(running, named))
    return Extent(top, statements, (*made, *looked_up), defined, jitted, tuple(entries), runs, tuple(reached))


def without_unread(tree: ast.Module) -> ast.Module:
    """``tree``, changed: functions that the static check does not read raise, and the self-check is gone."""
    for function in extent(tree, Names(tree)).unread:
        raises = parse(f'raise NameError("{function.name} is called, and nothing that is judged names it")').body
        function.body = [ast.copy_location(part, function) for part in raises]
    for node in walk(tree):
        if isinstance(node, ast.If) and is_self_check(node.test):
            node.body = [ast.copy_location(ast.Pass(), node)]
    return ast.fix_missing_locations(tree)


def is_jitted(node: ast.FunctionDef, names: Names) -> bool:
    for decorator in node.decorator_list:
        path = names.of(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if path in ("triton.jit", "triton.runtime.jit", "triton.runtime.jit.jit"):
            return True
    return False


def is_self_check(test: ast.expr) -> bool:
    """``__name__ == "__main__"``, alone or ``and`` something else: under it only a script runs."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(is_self_check(value) for value in test.values)
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        return False
    sides = [ast.unparse(test.left), ast.unparse(test.comparators[0])]
    return sorted(sides) == ["'__main__'", "__name__"]


def _before_the_self_check(test: ast.expr) -> Iterator[ast.expr]:
    """What is evaluated before it is known that the file is imported."""
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            if is_self_check(value):
                yield from _before_the_self_check(value)
                return
            yield value


def _top_level(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that importing the file runs, and definitions, also those under an ``if`` or ``try``; without the
    self-check."""
    for statement in body:
        if isinstance(statement, ast.If) and is_self_check(statement.test):
            yield from map(_as_statement, _before_the_self_check(statement.test))
            yield from _top_level(statement.orelse)
        elif isinstance(statement, (ast.If, ast.Try, ast.With)) and any(
            isinstance(part, _DEFINITIONS) for part in walk(statement)
        ):
            yield from _taken_apart(statement)
        else:
            yield statement


def _taken_apart(statement: ast.stmt | ast.excepthandler) -> Iterator[ast.stmt]:
    for _, value in ast.iter_fields(statement):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.expr):
                yield _as_statement(part)
            elif isinstance(part, ast.withitem):
                yield from map(_as_statement, filter(None, (part.context_expr, part.optional_vars)))
            elif isinstance(part, ast.excepthandler):
                yield from _taken_apart(part)
            elif isinstance(part, ast.stmt):
                yield from _top_level([part])


def _as_statement(expression: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Expr(expression), expression)


def _is_entry(node: Definition) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name == "ModelNew" or node.name.endswith("Triton")
    return node.name == "kernel_function"


def _handed_on_by(statements: Iterable[ast.stmt], named: _Named, entries: list[str]) -> list[str]:
    """What is handed on under another name."""
    found: list[str] = []
    for statement in statements:
        called = {id(n.func) for n in walk(statement) if isinstance(n, ast.Call)}
        called |= {id(n.value) for n in walk(statement) if isinstance(n, (ast.Attribute, ast.Subscript))}
        found += [
            n.id for n in _looked_at(walk(statement)) if n.id in named and (id(n) not in called or n.id in entries)
        ]
    return found


def _handed_on_where_defined(
    defined: Sequence[Definition], jitted: Sequence[ast.FunctionDef], statements: Iterable[ast.stmt]
) -> list[str]:
    """Names of what something of the file is given where it is defined: a decorator, the base of a class, Python."""
    stored = (n.id for s in statements for n in walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    own = {*stored, *(node.name for node in defined)}
    hooked = set(at_import.classes_with_hooks(defined))

    def is_handed_on(node: Definition) -> bool:
        if own & set(_mentioned(node.decorator_list)):
            return True
        if isinstance(node, ast.ClassDef) and hooked & set(_mentioned(node.bases)):
            return True
        return node.name in _OF_MODULES

    return [node.name for node in defined if node not in jitted and is_handed_on(node)]


def _called_as_operators(tree: ast.Module, defined: Sequence[Definition], names: Names) -> list[str]:
    """What is registered with PyTorch, where the file names one of its operators by ``torch.ops``."""
    paths = {names.of(node) for node in walk(tree) if isinstance(node, (ast.Attribute, ast.Call))}
    if not names.operators & {path.removesuffix(".default") for path in paths if path is not None}:
        return []
    decorators = ((node.name, getattr(d, "func", d)) for node in defined for d in node.decorator_list)
    return [name for name, decorator in decorators if names.of(decorator) in REGISTERING]


def _reachable(roots: list[str], named: _Named, parts: Callable[[Definition], Iterator[ast.AST]]) -> list[str]:
    """Definitions that the roots name, directly or through others; ``parts`` of each are followed."""
    queue, seen = list(roots), dict[str, None]()
    while queue:
        name = queue.pop()
        if name in named and name not in seen:
            seen[name] = None
            queue += [n.id for node in named[name] for n in parts(node) if isinstance(n, ast.Name)]
    return list(seen)


def _of(found: Iterable[str], named: _Named) -> list[Definition]:
    return [node for name in found for node in named[name]]


def _mentioned(nodes: Iterable[ast.AST]) -> list[str]:
    return [n.id for n in _looked_at(part for node in nodes for part in walk(node))]


def _looked_at(parts: Iterable[ast.AST]) -> list[ast.Name]:
    """Names whose values are asked for. Who binds one anew, or takes it away, runs nothing of what it was."""
    parts = list(parts)
    changed = {id(part.target) for part in parts if isinstance(part, ast.AugAssign)}
    return [n for n in parts if isinstance(n, ast.Name) and (isinstance(n.ctx, ast.Load) or id(n) in changed)]


def _runs(node: Definition) -> Iterator[ast.AST]:
    """The parts of a definition that run with the kernel: of a class all but what only constructs it."""
    if not isinstance(node, ast.ClassDef):
        yield from walk(node)
        return
    constructing = classes.constructing_methods(node)
    for part in ast.iter_child_nodes(node):
        if not (isinstance(part, ast.FunctionDef) and part.name in constructing):
            yield from walk(part)


def _everything(node: Definition) -> Iterator[ast.AST]:
    yield from walk(node)


def _functions(definition: Definition) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    if not isinstance(definition, ast.ClassDef):
        yield definition
        return
    for node in walk(definition):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
