"""Where values of a wrapper go: what each name, attribute, parameter and result is ever given, and what decides it.

A name is known by the outermost function that it lies in, an attribute by its name alone, so that nothing gets lost
on the way through an object. The order of statements is not regarded.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kernelagent.static.names import Names
from kernelagent.static.walk import walk

Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[ast.AST | None, str]
"""A name in its outermost function (``None``: the file), ``.attribute``, ``name()``: what a function returns."""
ANY_RESULT: Place = (None, "()")
"""What any function of the file returns: for calls of which nobody can tell whom they reach."""
_LEAVING = (ast.Break, ast.Continue, ast.Return)
_GROWING = frozenset({"append", "extend", "insert", "setdefault", "update", "add", "appendleft", "__setitem__"})

TRIES: tuple[type[ast.Try | ast.TryStar], ...] = (ast.Try, ast.TryStar) if hasattr(ast, "TryStar") else (ast.Try,)
"""``except*`` came with Python 3.11."""


@dataclass(frozen=True)
class Decision:
    """Expressions on which it hangs whether something happens."""

    parts: tuple[ast.expr, ...]
    is_loop: bool = False
    may_raise: bool = False
    """Whether one of the parts raises decides it, and functions that they call."""


@dataclass(frozen=True)
class Given:
    value: ast.expr | None
    is_item: bool
    """A part of the value: it is unpacked, gone through, or put into what the place holds."""
    decisions: tuple[Decision, ...]
    is_once: bool = False
    """What it was before is changed, outside of loops: ``n = max(n, 1)``."""


@dataclass(frozen=True)
class Use:
    """An expression that stands for itself in a statement, and what decides whether it is evaluated."""

    value: ast.expr
    statement: ast.AST
    decisions: tuple[Decision, ...]
    loop: ast.For | ast.While | ast.AsyncFor | None
    within: Function | None


@dataclass
class Places:
    """Of one file; ``parts``: the statements and definitions that run where it is used, without kernels."""

    names: Names
    functions: dict[str, list[tuple[Function, bool]]] = field(default_factory=dict)
    """By name: those of the file, and whether it is a method."""
    classes: set[str] = field(default_factory=set)
    given: dict[Place, list[Given]] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    scopes: dict[ast.AST, ast.AST | None] = field(default_factory=dict)
    """Of each expression, its outermost function."""
    outermost: dict[ast.AST, ast.AST] = field(default_factory=dict)
    """Of each function, the one that its names are known by."""
    parameters: set[Place] = field(default_factory=set)
    of_lambdas: set[Place] = field(default_factory=set)
    handed: set[Place] = field(default_factory=set)
    """Parameters that the file's own calls give something."""

    def read(self, parts: Iterable[ast.stmt], kernels: Iterable[ast.AST]) -> Places:
        left_out = frozenset(kernels)
        body = [part for part in parts if part not in left_out]
        for part in body:
            self._define(part, left_out, in_class=False)
        _Statements(self, left_out).read(body)
        return self

    def _define(
        self, part: ast.AST, left_out: frozenset[ast.AST], in_class: bool, outer: ast.AST | None = None
    ) -> None:
        if part in left_out:
            return
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.functions.setdefault(part.name, []).append((part, in_class))
            outer = outer or part
            self.outermost[part] = outer
        if isinstance(part, ast.ClassDef):
            self.classes.add(part.name)
        for child in ast.iter_child_nodes(part):
            self._define(child, left_out, isinstance(part, ast.ClassDef), outer)

    def place_of(self, node: ast.Name) -> Place:
        own = (self.scopes.get(node), node.id)
        return own if own in self.given or own in self.parameters else (None, node.id)

    def is_bound(self, node: ast.Name) -> bool:
        place = self.place_of(node)
        known = place in self.given or place in self.parameters
        return known or node.id in self.functions or node.id in self.classes

    def path(self, node: ast.expr) -> str | None:
        """The dotted path, where the file gives the name at its root nothing else."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in self.functions or root.id in self.classes:
            return None
        place = self.place_of(root)
        if place in self.parameters:
            return None
        for given in self.given.get(place, ()):
            if given.is_item or given.value is None or self.names.of(given.value) is None:
                return None
        return self.names.of(node)

    def called(self, function: ast.expr) -> list[tuple[Function, bool]]:
        """Functions of the file that a call may reach by this name."""
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        return self.functions.get(name, [])


class _Statements:
    def __init__(self, places: Places, left_out: frozenset[ast.AST]) -> None:
        self._places, self._left_out = places, left_out
        self._scope: ast.AST | None = None
        self._within: Function | None = None
        self._of_file: set[str] = set()
        self._decisions: tuple[Decision, ...] = ()
        self._loop: ast.For | ast.While | ast.AsyncFor | None = None
        self._in_class = False

    def read(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            if statement not in self._left_out:
                self._statement(statement)

    def _deciding(self, body: Iterable[ast.stmt], *decisions: Decision) -> None:
        before, self._decisions = self._decisions, (*self._decisions, *decisions)
        self.read(body)
        self._decisions = before

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                for part in (*node.bases, *node.decorator_list, *(k.value for k in node.keywords)):
                    self._use(part, node)
                outside, self._in_class = self._in_class, True
                self.read(node.body)
                self._in_class = outside
            case ast.Assign(targets=targets, value=value):
                self._use(value, node)
                for target in targets:
                    self._bind(target, value)
            case ast.AugAssign(target=target, op=op, value=value):
                loaded = _as_loaded(target)
                both = ast.copy_location(ast.BinOp(loaded, op, value), node)
                self._use(both, node)
                self._bind(target, both)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    self._use(value, node)
                    self._bind(target, value)
                elif self._in_class and isinstance(target, ast.Name):
                    self._give((None, f".{target.id}"), None)
            case ast.Return(value=value):
                if value is not None:
                    self._use(value, node)
                    if self._within is not None:
                        self._give((None, f"{self._within.name}()"), value)
                        self._give(ANY_RESULT, value)
            case ast.Global(names=names):
                self._of_file |= set(names)
            case _:
                self._decided(node)

    def _decided(self, node: ast.stmt) -> None:
        """A statement that decides whether, or how often, others are run; or one that binds nothing."""
        match node:
            case ast.For() | ast.AsyncFor():
                self._use(node.iter, node)
                outer, self._loop = self._loop, node
                before = self._decisions
                self._decisions = (*before, *_left_by(node), Decision((node.iter,), is_loop=True))
                self._bind(node.target, node.iter, is_item=True)
                self.read([*node.body, *node.orelse])
                self._loop, self._decisions = outer, before
            case ast.While(test=test):
                self._use(test, node)
                outer, self._loop = self._loop, node
                self._deciding([*node.body, *node.orelse], *_left_by(node), Decision((test,)))
                self._loop = outer
            case ast.If(test=test):
                self._use(test, node)
                self._deciding([*node.body, *node.orelse], Decision((test,)))
            case ast.Match():
                self._match(node)
            case _ if isinstance(node, TRIES):
                decision = Decision(_evaluated(node.body), may_raise=True)
                self._deciding([*node.body, *node.orelse, *node.finalbody], decision)
                for handler in node.handlers:
                    before, self._decisions = self._decisions, (*self._decisions, decision)
                    if handler.name:
                        self._give((self._scope, handler.name), None)
                    self.read(handler.body)
                    self._decisions = before
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._use(item.context_expr, node)
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, item.context_expr, is_item=True)
                entered = [self._places.names.of(getattr(i.context_expr, "func", i.context_expr)) for i in node.items]
                swallows = not all((path or "").startswith("torch.") for path in entered)
                decision = Decision(_evaluated(node.body), may_raise=True)
                self._deciding(node.body, *([decision] if swallows else []))
            case _:
                for part in ast.iter_child_nodes(node):
                    if isinstance(part, ast.expr):
                        self._use(part, node)

    def _match(self, node: ast.Match) -> None:
        self._use(node.subject, node)
        for case in node.cases:
            for pattern in walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if isinstance(name, str):
                    self._give((self._scope, name), node.subject, is_item=True)
            guards = (case.guard,) if case.guard is not None else ()
            for guard in guards:
                self._use(guard, node)
            self._deciding(case.body, Decision((node.subject, *guards)))

    def _function(self, node: Function) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)):
            self._use(part, node)
        before = self._scope, self._within, self._of_file, self._decisions, self._loop, self._in_class
        if self._scope is not None:
            self._give((self._scope, node.name), None, is_item=True)
        else:
            self._scope, self._of_file, self._decisions, self._loop = node, set(), (), None
        self._within, self._in_class = node, False
        for argument in _arguments(node.args):
            self._places.parameters.add((self._scope, argument))
        ordered = [*node.args.posonlyargs, *node.args.args]
        defaults = node.args.defaults
        for parameter, default in zip(ordered[len(ordered) - len(defaults) :], defaults, strict=True):
            self._give((self._scope, parameter.arg), default)
        for parameter, given in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            if given is not None:
                self._give((self._scope, parameter.arg), given)
        self.read(node.body)
        self._scope, self._within, self._of_file, self._decisions, self._loop, self._in_class = before

    def _give(self, place: Place, value: ast.expr | None, is_item: bool = False, decided: bool = True) -> None:
        again = value is not None and any(isinstance(n, ast.Name) and n.id == place[1] for n in walk(value))
        is_once = again and decided and self._loop is None and self._within is self._scope and place[0] is self._scope
        given = Given(value, is_item, self._decisions if decided else (), is_once and not is_item)
        self._places.given.setdefault(place, []).append(given)

    def _bind(self, target: ast.expr, value: ast.expr, is_item: bool = False) -> None:
        self._scoped(target)
        match target:
            case ast.Name(id=name):
                if self._in_class and self._within is None:
                    self._give((None, f".{name}"), value, is_item)
                else:
                    self._give((None if name in self._of_file else self._scope, name), value, is_item)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                given = value.elts if isinstance(value, (ast.Tuple, ast.List)) and not is_item else []
                starred = any(isinstance(part, ast.Starred) for part in (*targets, *given))
                if len(given) == len(targets) and not starred:
                    for one, other in zip(targets, given, strict=True):
                        self._bind(one, other)
                else:
                    for one in targets:
                        self._bind(one, value, is_item=True)
            case ast.Starred(value=inner):
                self._bind(inner, value, is_item=True)
            case ast.Attribute(attr=name):
                self._give((None, f".{name}"), value, is_item)
            case ast.Subscript(value=base):
                self._into(base, value)

    def _into(self, base: ast.expr, value: ast.expr) -> None:
        """``value`` is put into what ``base`` is, and so into all that it may be another name of."""
        seen: set[Place] = set()
        queue: list[ast.Name | ast.Attribute] = list(_same_as(base))
        while queue:
            part = queue.pop()
            self._scoped(part)
            if (self._places.path(part) or "").startswith(("torch.", "triton.")):
                continue
            candidates: list[Place]
            if isinstance(part, ast.Name):
                candidates = [(self._scope, part.id), (None, part.id), (None, f"{part.id}()")]
            else:
                candidates = [(None, f".{part.attr}"), (None, f"{part.attr}()")]
            for found in candidates:
                known = found in self._places.given or found in self._places.parameters
                if known and found not in seen:
                    seen.add(found)
                    values = [given.value for given in self._places.given.get(found, ()) if given.value is not None]
                    queue += [same for given in values for same in _same_as(given)]
            if isinstance(part, ast.Attribute):
                seen.add((None, f".{part.attr}"))
        for found in seen:
            self._give(found, value, is_item=True)

    def _scoped(self, node: ast.AST) -> None:
        for part in walk(node):
            if isinstance(part, ast.expr):
                self._places.scopes.setdefault(part, None if getattr(part, "id", "") in self._of_file else self._scope)

    def _use(self, value: ast.expr, statement: ast.AST) -> None:
        self._scoped(value)
        self._places.uses.append(Use(value, statement, self._decisions, self._loop, self._within))
        for part in walk(value):
            match part:
                case ast.NamedExpr(target=target, value=given):
                    self._bind(target, given)
                case ast.comprehension(target=target, iter=given):
                    self._bind(target, given, is_item=True)
                case ast.Lambda(args=arguments, body=body):
                    for name in _arguments(arguments):
                        self._places.parameters.add((self._scope, name))
                        self._places.of_lambdas.add((self._scope, name))
                    self._give(ANY_RESULT, body)
                case ast.Call():
                    self._call(part)

    def _call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _GROWING:
            for argument in (*node.args, *(k.value for k in node.keywords)):
                self._into(function.value, argument)
        if isinstance(function, ast.Name) and function.id == "setattr" and len(node.args) == 3:
            name = node.args[1].value if isinstance(node.args[1], ast.Constant) else ""
            if isinstance(name, str):
                self._give((None, f".{name}"), node.args[2])
        for called, is_method in self._places.called(function):
            ordered = [a.arg for a in (*called.args.posonlyargs, *called.args.args)]
            static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in called.decorator_list)
            ordered = ordered[1:] if is_method and not static and isinstance(function, ast.Attribute) else ordered
            rest = [a.arg for a in (called.args.vararg, called.args.kwarg) if a is not None]
            every = [*ordered, *(a.arg for a in called.args.kwonlyargs), *rest]
            scope = self._places.outermost[called]
            for number, argument in enumerate(node.args):
                is_plain = not any(isinstance(a, ast.Starred) for a in node.args[: number + 1])
                self._places.handed |= {(scope, name) for name in every}
                to = [ordered[number]] if is_plain and number < len(ordered) else rest if is_plain else every
                for name in to:
                    self._give((scope, name), argument, is_item=name in rest or not is_plain, decided=False)
            for keyword in node.keywords:
                self._places.handed |= {(scope, name) for name in every}
                to = [keyword.arg] if keyword.arg in every else rest if keyword.arg else every
                for name in to:
                    self._give(
                        (scope, name), keyword.value, is_item=name not in every[: -len(rest) or None], decided=False
                    )


def _same_as(node: ast.expr) -> Iterator[ast.Name | ast.Attribute]:
    """Names and attributes by which the file may know the same thing, or what it holds."""
    queue: list[ast.AST] = [node]
    while queue:
        part = queue.pop()
        if isinstance(part, ast.Attribute):
            yield part
            queue.append(part.value)
        elif isinstance(part, ast.Name):
            yield part
        elif isinstance(part, ast.Subscript):
            queue.append(part.value)
        else:
            queue += ast.iter_child_nodes(part)


def _arguments(arguments: ast.arguments) -> Iterator[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    yield from (argument.arg for argument in every if argument is not None)


def _as_loaded(target: ast.expr) -> ast.expr:
    """The same name, read."""
    match target:
        case ast.Name(id=name):
            return ast.copy_location(ast.Name(name, ast.Load()), target)
        case ast.Attribute(value=value, attr=attribute):
            return ast.copy_location(ast.Attribute(value, attribute, ast.Load()), target)
        case ast.Subscript(value=value, slice=key):
            return ast.copy_location(ast.Subscript(value, key, ast.Load()), target)
    return target


def _evaluated(body: Iterable[ast.stmt]) -> tuple[ast.expr, ...]:
    kinds = (ast.Name, ast.Attribute, ast.Call)
    return tuple(node for statement in body for node in walk(statement) if isinstance(node, kinds))


def _left_by(loop: ast.For | ast.While | ast.AsyncFor) -> Iterator[Decision]:
    """What decides in which round a loop is left, or a round cut short."""
    for node in walk(loop):
        inside = any(isinstance(part, _LEAVING) for part in walk(node)) if node is not loop else False
        if isinstance(node, (ast.While, ast.If)) and inside:
            yield Decision((node.test,))
        elif isinstance(node, ast.Match) and inside:
            yield Decision((node.subject, *(case.guard for case in node.cases if case.guard is not None)))
        elif isinstance(node, TRIES):
            yield Decision(_evaluated(node.body), may_raise=True)
