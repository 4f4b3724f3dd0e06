"""Following a class's constructor and ``forward`` without running them: what they do with their arguments tells shapes.

Nothing here fails: what is not understood is unknown, and the walk goes on.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kernelagent_lsp.guessing.following import Calls, Raised, Returned
from kernelagent_lsp.guessing.layers import split
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim, as_dim, unify
from kernelagent_lsp.guessing.source import Source
from kernelagent_lsp.guessing.values import (
    UNKNOWN,
    Function,
    Instance,
    Record,
    ShapeOf,
    Tensor,
    Value,
)

_MOST_STEPS = 60_000
_MOST_TURNS = 3
"""Of a loop whose bounds are long or not known."""


class TooLong(Exception):
    """There is more to follow than an editor waits for."""


class Walk(Calls):
    """One walk over one source; its steps are counted."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.steps = 0
        self.depth = 0
        self.evaluating = set()
        self.seen: list[Shape] = []
        """Shapes of what layers and functions gave."""

    def step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise TooLong

    # Statements

    def run(self, body: Sequence[ast.stmt], names: dict[str, Value]) -> None:
        for statement in body:
            self.step()
            method = getattr(self, f"_do_{type(statement).__name__}", None)
            if method is not None:
                method(statement, names)

    def _do_Expr(self, node: ast.Expr, names: dict[str, Value]) -> None:
        self.evaluate(node.value, names)

    def _do_Assign(self, node: ast.Assign, names: dict[str, Value]) -> None:
        if isinstance(node.value, ast.Tuple) and isinstance(node.targets[0], ast.Tuple):
            self._count_sizes(node.targets[0], node.value, names)
        value = self.evaluate(node.value, names)
        for target in node.targets:
            self._assign(target, value, names)

    def _count_sizes(self, target: ast.Tuple, value: ast.Tuple, names: dict[str, Value]) -> None:
        """``b, n, _, h = *x.shape, self.heads`` tells how many sizes there are."""
        starred = [each for each in value.elts if isinstance(each, ast.Starred)]
        if len(starred) == 1 and not any(isinstance(each, ast.Starred) for each in target.elts):
            shape = self.evaluate(starred[0].value, names)
            if isinstance(shape, ShapeOf):
                shape.tensor.shape.set_rank(len(target.elts) - len(value.elts) + 1)

    def _do_AnnAssign(self, node: ast.AnnAssign, names: dict[str, Value]) -> None:
        if node.value is not None:
            self._assign(node.target, self.evaluate(node.value, names), names)

    def _do_AugAssign(self, node: ast.AugAssign, names: dict[str, Value]) -> None:
        left = self.evaluate(node.target, names)
        value = self.binary(node.op, left, self.evaluate(node.value, names))
        self._assign(node.target, value, names)

    def _do_Return(self, node: ast.Return, names: dict[str, Value]) -> None:
        raise Returned(None if node.value is None else self.evaluate(node.value, names))

    def _do_Raise(self, node: ast.Raise, names: dict[str, Value]) -> None:
        raise Raised

    def _do_If(self, node: ast.If, names: dict[str, Value]) -> None:
        truth = self.truth(self.evaluate(node.test, names))
        if truth is not None:
            self.run(node.body if truth else node.orelse, names)
            return
        if self._only_raises(node.body):
            self.suppose(node.test, names, holds=False)
            self.run(node.orelse, names)
            return
        other = dict(names)
        returned: Returned | None = None
        try:
            self.run(node.body, names)
        except Returned as exc:
            returned = exc
        except Raised:
            names.clear()
            names.update(other)
            self.run(node.orelse, names)
            return
        if returned is not None:
            names.clear()
            names.update(other)
        try:
            self.run(node.orelse, other if returned is None else names)
        except Returned as exc:
            if returned is not None:
                raise exc from None
        except Raised:
            if returned is not None:
                raise returned from None

    def _only_raises(self, body: Sequence[ast.stmt]) -> bool:
        return bool(body) and isinstance(body[-1], ast.Raise)

    def _do_Assert(self, node: ast.Assert, names: dict[str, Value]) -> None:
        self.suppose(node.test, names, holds=True)

    def suppose(self, test: ast.expr, names: dict[str, Value], *, holds: bool) -> None:
        """Equalities that must hold, or must not fail."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self.suppose(test.operand, names, holds=not holds)
        elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And if holds else ast.Or):
            for part in test.values:
                self.suppose(part, names, holds=holds)
        elif isinstance(test, ast.Compare) and len(test.ops) == 1:
            operator = test.ops[0]
            if (
                isinstance(operator, ast.In)
                and holds
                and isinstance(test.comparators[0], (ast.Tuple, ast.List, ast.Set))
            ):
                self._equal(test.left, test.comparators[0].elts[0], names)
            elif isinstance(operator, ast.Eq if holds else ast.NotEq):
                self._equal(test.left, test.comparators[0], names)
        else:
            self.evaluate(test, names)

    def _equal(self, left: ast.expr, right: ast.expr, names: dict[str, Value]) -> None:
        a, b = self.evaluate(left, names), self.evaluate(right, names)
        for one, other, node in ((a, b, left), (b, a, right)):
            if isinstance(other, int) and (tensor := self._whose_rank(node, names)) is not None:
                tensor.shape.set_rank(other)
            elif isinstance(one, Dim) and isinstance(other, (int, Dim)):
                unify(one, as_dim(other))
        if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
            for one, other in zip(a, b, strict=False):
                if isinstance(one, (int, Dim)) and isinstance(other, (int, Dim)):
                    unify(as_dim(one), as_dim(other))

    def _whose_rank(self, node: ast.expr, names: dict[str, Value]) -> Tensor | None:
        """The tensor whose number of dimensions ``node`` is."""
        owner: ast.expr | None = None
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("dim", "ndimension")
        ):
            owner = node.func.value
        elif isinstance(node, ast.Attribute) and node.attr == "ndim":
            owner = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
            inner = node.args[0]
            owner = inner.value if isinstance(inner, ast.Attribute) and inner.attr == "shape" else None
        found = None if owner is None else self.evaluate(owner, names)
        return found if isinstance(found, Tensor) else None

    def _do_For(self, node: ast.For, names: dict[str, Value]) -> None:
        over = self.evaluate(node.iter, names)
        items = list(over) if isinstance(over, (list, tuple, dict)) else [UNKNOWN]
        for item in items if len(items) <= 12 else items[:_MOST_TURNS]:
            self.step()
            self._assign(node.target, item, names)
            try:
                self.run(node.body, names)
            except Raised:
                return

    def _do_While(self, node: ast.While, names: dict[str, Value]) -> None:
        self.run(node.body, names)

    def _do_With(self, node: ast.With, names: dict[str, Value]) -> None:
        self.run(node.body, names)

    def _do_Try(self, node: ast.Try, names: dict[str, Value]) -> None:
        self.run(node.body, names)

    def _do_FunctionDef(self, node: ast.FunctionDef, names: dict[str, Value]) -> None:
        names[node.name] = Function(node, names)

    def _assign(self, target: ast.expr, value: Value, names: dict[str, Value]) -> None:
        if isinstance(target, ast.Name):
            if isinstance(value, Dim):
                value.name_it(target.id)
            names[target.id] = value
        elif isinstance(target, ast.Attribute):
            owner = self.evaluate(target.value, names)
            if isinstance(owner, (Instance, Record)):
                owner.attributes[target.attr] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._take_apart(target, value, names)

    def _take_apart(self, target: ast.Tuple | ast.List, value: Value, names: dict[str, Value]) -> None:
        targets = target.elts
        starred = next((i for i, each in enumerate(targets) if isinstance(each, ast.Starred)), None)
        if isinstance(value, Tensor) and starred is None:
            split(value, len(targets))
            if value.argument is not None and value.argument.parts:
                value = tuple(Tensor(part.shape, part) for part in value.argument.parts)
        if isinstance(value, ShapeOf) and starred is None:
            value.tensor.shape.set_rank(len(targets))
            value = tuple(value.tensor.shape.at(i) for i in range(len(targets)))
        elif isinstance(value, ShapeOf) and starred is not None:
            after = len(targets) - starred - 1
            front = [value.tensor.shape.at(i) for i in range(starred)]
            value = [*front, [], *(value.tensor.shape.at(i - after) for i in range(after))]
        elif isinstance(value, (list, tuple)) and starred is not None:
            after = len(targets) - starred - 1
            items = list(value)
            value = [*items[:starred], items[starred : len(items) - after], *items[len(items) - after :]]
        if not isinstance(value, (list, tuple)) or len(value) != len(targets):
            value = [UNKNOWN] * len(targets)
        for one, item in zip(targets, value, strict=True):
            self._assign(one.value if isinstance(one, ast.Starred) else one, item, names)
