"""One pass over a kernel's body: what its values are, and what happens in it, in order.

Each statement is looked at once, loops too: what a variable holds in a loop's first turn stands for all turns. What
can't be told is :data:`~kernelagent.lint.value.UNKNOWN`, and no rule says anything about it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from kernelagent.lint.expressions import Expressions
from kernelagent.lint.kernel import Kernel
from kernelagent.lint.names import Names
from kernelagent.lint.value import UNKNOWN, Kind, Value, constant

Path = tuple[tuple[int, int], ...]
"""The branches that a statement stands in: identity of each ``if``, and which of its sides."""


@dataclass(frozen=True)
class Call:
    """A call of one of Triton's functions, ``tl.sum(x)`` and ``x.sum()`` alike."""

    name: str
    node: ast.Call
    values: dict[str, Value]
    """Arguments by parameter."""
    nodes: dict[str, ast.expr]
    path: Path
    loops: int
    """How many loops it stands in."""
    is_method: bool


@dataclass(frozen=True)
class Access:
    """A read or write of memory."""

    kind: Literal["load", "store", "atomic"]
    call: Call
    pointer: Value
    mask: Value | None
    mask_node: ast.expr | None

    @property
    def node(self) -> ast.Call:
        return self.call.node

    @property
    def is_masked(self) -> bool:
        return self.mask_node is not None


@dataclass(frozen=True)
class Test:
    """A condition that Python's own control flow asks for."""

    what: Literal["if", "while", "if expression", "and", "or", "not"]
    node: ast.expr
    value: Value
    parent: ast.AST
    is_of_conditions: bool = False
    """Of ``and`` and ``or``: each side is known to be true or false, no other number, and none is a constant, beside
    which the compiler may not look at the others."""


@dataclass(frozen=True)
class Accumulation:
    """``x += value`` or ``x = x + value`` in a loop."""

    name: str
    node: ast.stmt
    before: Value
    value: Value
    origin: ast.expr | None
    """What the name was assigned before the loop."""


class Flow:
    """What happens in ``kernel``."""

    def __init__(self, kernel: Kernel, names: Names) -> None:
        self.kernel = kernel
        self.accesses: list[Access] = []
        self.calls: list[Call] = []
        self.tests: list[Test] = []
        self.chained: list[tuple[ast.Compare, bool]] = []
        """Comparisons of more than two things; and whether all of them are constants."""
        self.accumulations: list[Accumulation] = []
        self.returned: list[tuple[ast.Return, Path]] = []
        self.unsupported: list[tuple[ast.AST, Path, bool]] = []
        """With the path, and whether a constant condition may keep the compiler from seeing it."""
        self.products: list[tuple[ast.BinOp, Value, Value]] = []
        """Multiplications of integers, with what is multiplied."""
        self.made: dict[ast.Call, int] = {}
        """Identities of what ``tl.load`` and ``tl.arange`` give."""
        self.ranges: set[int] = set()
        """Identities of what ``tl.arange`` gives."""
        self.called: set[str] = set()
        """Functions that are no built-in of Triton's."""
        self.is_closed = True
        """It calls nothing of another file but of Triton's."""
        self.read: dict[str, ast.Name] = {}
        """Names that are looked at, each where that is first."""
        self.globals_read: dict[str, ast.Name] = {}
        """Those that the kernel itself does not define."""
        self.environment: dict[str, Value] = {
            parameter.name: constant()
            if parameter.is_constexpr
            else Value(Kind.ARGUMENT, root=parameter.name, identity=-1 - index)
            for index, parameter in enumerate(kernel.parameters)
        }
        self.assigned: dict[str, ast.expr] = {}
        """What each name was last assigned."""
        self.path: Path = ()
        self.loops = 0
        self._constant_ifs = 0
        self._made_anew: list[set[str]] = []
        """For each loop that is open, names that its body has set to something else than was in them."""
        self._expressions = Expressions(self, names)
        arguments = kernel.node.args
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                self.environment[rest.arg] = UNKNOWN
        self._run(kernel.node.body)

    def report_unsupported(self, node: ast.AST) -> None:
        self.unsupported.append((node, self.path, self._constant_ifs > 0))

    def _run(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            handler = _STATEMENTS.get(type(statement))
            if handler is None:
                self.report_unsupported(statement)
            else:
                handler(self, statement)

    def _evaluate(self, node: ast.expr) -> Value:
        return self._expressions.evaluate(node)

    def _bind(self, target: ast.expr, value: Value, node: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self.environment[target.id] = value
            if self._made_anew and not _reads(node, target.id):
                self._made_anew[-1].add(target.id)
            if node is not None:
                self.assigned[target.id] = node
        elif isinstance(target, (ast.Tuple, ast.List)):
            elements = node.elts if isinstance(node, (ast.Tuple, ast.List)) else None
            for index, element in enumerate(target.elts):
                if elements is not None and len(elements) == len(target.elts):
                    self._bind(element, self._evaluate(elements[index]), elements[index])
                else:
                    self._bind(element, UNKNOWN, None)
        elif not isinstance(target, ast.Starred):
            self._evaluate(target)

    def _assign(self, node: ast.Assign) -> None:
        simple = not isinstance(node.value, (ast.Tuple, ast.List)) or not isinstance(node.targets[0], ast.Tuple)
        before = dict(self.environment) if not simple else None
        value = self._evaluate(node.value) if simple else UNKNOWN
        if before is None and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add):
            self._accumulate(node, node.targets[0], node.value)
        for target in node.targets:
            self._bind(target, value, node.value)

    def _accumulate(self, node: ast.stmt, target: ast.expr, value: ast.BinOp) -> None:
        """``x = x + y``"""
        if self.loops and isinstance(target, ast.Name):
            for mine, other in ((value.left, value.right), (value.right, value.left)):
                if isinstance(mine, ast.Name) and mine.id == target.id:
                    self._note(node, target.id, self._expressions.quiet(other))
                    return

    def _note(self, node: ast.stmt, name: str, value: Value) -> None:
        if name in self._made_anew[-1]:
            return  # no round of the loop hands it to the next
        before = self.environment.get(name, UNKNOWN)
        self.accumulations.append(Accumulation(name, node, before, value, self.assigned.get(name)))

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is None:
            return
        value = self._evaluate(node.value)
        if "constexpr" in ast.unparse(node.annotation):
            value = replace(constant(value.number), dtype=value.dtype)
        self._bind(node.target, value, node.value)

    def _augmented(self, node: ast.AugAssign) -> None:
        value = self._evaluate(node.value)
        if not isinstance(node.target, ast.Name):
            self._evaluate(node.target)
            return
        before = self.environment.get(node.target.id, UNKNOWN)
        if self.loops and isinstance(node.op, ast.Add):
            self._note(node, node.target.id, value)
        self.read.setdefault(node.target.id, node.target)
        self.environment[node.target.id] = self._expressions.combine(node.op, before, value, node)

    def _expression(self, node: ast.Expr) -> None:
        self._evaluate(node.value)

    def _if(self, node: ast.If) -> None:
        value = self._evaluate(node.test)
        self.tests.append(Test("if", node.test, value, node))
        is_constant = value.kind in (Kind.CONSTANT, Kind.UNKNOWN)
        self._constant_ifs += is_constant
        path, before = self.path, self.environment
        sides: list[dict[str, Value]] = []
        for side, body in enumerate((node.body, node.orelse)):
            self.path = (*path, (id(node), side))
            self.environment = dict(before)
            self._run(body)
            if not _leaves(body):
                sides.append(self.environment)
        self._constant_ifs -= is_constant
        self.path = path
        self.environment = _joined(sides) if sides else before

    def _for(self, node: ast.For) -> None:
        self._evaluate(node.iter)
        unrolled = isinstance(node.iter, ast.Call) and self._expressions.name_of(node.iter) == "static_range"
        counted = isinstance(node.iter, ast.Call) and (
            self._expressions.name_of(node.iter) == "range"
            or (isinstance(node.iter.func, ast.Name) and node.iter.func.id == "range")
        )
        turn = constant() if unrolled else Value(Kind.SCALAR, dtype="int32", rank=0) if counted else UNKNOWN
        self._bind(node.target, turn, None)
        self._loop(node)

    def _while(self, node: ast.While) -> None:
        self.tests.append(Test("while", node.test, self._evaluate(node.test), node))
        self._loop(node)

    def _loop(self, node: ast.For | ast.While) -> None:
        self.loops += 1
        self._made_anew.append(set())
        self._run(node.body)
        made = self._made_anew.pop()
        if self._made_anew:
            self._made_anew[-1] |= made
        self.loops -= 1
        self._run(node.orelse)

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            self._evaluate(node.value)
        self.returned.append((node, self.path))

    def _assert(self, node: ast.Assert) -> None:
        self._evaluate(node.test)

    def _with(self, node: ast.With) -> None:
        for item in node.items:
            self._evaluate(item.context_expr)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, UNKNOWN, None)
        self._run(node.body)

    def _pass(self, node: ast.Pass) -> None:
        return


_STATEMENTS: dict[type[ast.stmt], Callable[[Flow, Any], None]] = {
    ast.Assign: Flow._assign,
    ast.AnnAssign: Flow._annotated,
    ast.AugAssign: Flow._augmented,
    ast.Expr: Flow._expression,
    ast.If: Flow._if,
    ast.For: Flow._for,
    ast.While: Flow._while,
    ast.Return: Flow._return,
    ast.Assert: Flow._assert,
    ast.With: Flow._with,
    ast.Pass: Flow._pass,
}


def _reads(node: ast.expr | None, name: str) -> bool:
    return node is not None and any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise))


def _joined(sides: list[dict[str, Value]]) -> dict[str, Value]:
    """What holds after a branch: what both sides agree on."""
    if len(sides) == 1:
        return sides[0]
    one, other = sides
    joined: dict[str, Value] = {}
    for name in {*one, *other}:
        left, right = one.get(name), other.get(name)
        if left is right and left is not None:
            joined[name] = left
        elif left is None or right is None:
            joined[name] = replace((left or right) or UNKNOWN, tails={}, bounds={}, leaves={}, is_clear=False)
        elif left.kind is right.kind:
            joined[name] = Value(
                left.kind,
                dtype=left.dtype if left.dtype == right.dtype else None,
                rank=left.rank if left.rank == right.rank else None,
                root=left.root if left.root == right.root else None,
                wide=left.wide and right.wide,
                varies=left.varies | right.varies,
            )
        else:
            joined[name] = UNKNOWN
    return joined
