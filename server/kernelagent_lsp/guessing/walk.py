"""Following a class's constructor and ``forward`` without running them: what they do with their arguments tells shapes.

Nothing here fails: what is not understood is unknown, and the walk goes on.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from kernelagent_lsp.guessing import operators, patterns
from kernelagent_lsp.guessing.expressions import Expressions
from kernelagent_lsp.guessing.layers import LAYERS, split
from kernelagent_lsp.guessing.operator_table import OF_LISTS, OPERATORS, made
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim, as_dim, unify
from kernelagent_lsp.guessing.source import Source
from kernelagent_lsp.guessing.values import (
    UNKNOWN,
    Function,
    Instance,
    Layer,
    Named,
    Record,
    Sequence_,
    ShapeOf,
    Tensor,
    Value,
)

_MOST_STEPS = 60_000
_DEEPEST = 14
_MOST_SEEN = 4000
_MOST_TURNS = 3
"""Of a loop whose bounds are long or not known."""


class Returned(Exception):
    """A ``return`` was met."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class Raised(Exception):
    """A ``raise`` was met, or another end of what is followed."""


class TooLong(Exception):
    """There is more to follow than an editor waits for."""


class Walk(Expressions):
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

    # Calls

    def call(self, function: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """What ``function`` gives, whatever it is."""
        self.step()
        found = self._called(function, args, kwargs)
        if isinstance(found, Tensor) and len(self.seen) < _MOST_SEEN:
            self.seen.append(found.shape)
        return found

    def _called(self, function: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if isinstance(function, Function):
            return self._call_function(function, args, kwargs)
        if isinstance(function, (Layer, Sequence_, Instance)):
            return self._call_layer(function, args, kwargs)
        if isinstance(function, ast.ClassDef):
            return self.construct(function, args, kwargs)
        if isinstance(function, Named):
            return self._call_named(function, args, kwargs)
        return UNKNOWN

    def _call_layer(self, layer: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if isinstance(layer, Sequence_):
            for inner in layer.layers:
                args = [self.call(inner, args, {})]
            return args[0] if args else UNKNOWN
        if isinstance(layer, Instance):
            forward = self.source.method(layer.node, "forward") or self.source.method(layer.node, "__call__")
            if forward is None and (made_of := layer.attributes.get("<sequence>")) is not None:
                return self.call(made_of, args, kwargs)
            return UNKNOWN if forward is None else self._call_function(Function(forward, {}, layer), args, kwargs)
        rule = LAYERS.get(layer.name)
        given = [*args, *kwargs.values()]
        if rule is not None and given and isinstance(given[0], Tensor):
            return rule(layer, given)
        if layer.name == "Rearrange" and given and layer.args and isinstance(layer.args[0], str):
            return patterns.rearranged(layer.args[0], given[0], layer.kwargs)
        if layer.name.endswith("Loss") and len(given) > 1 and isinstance(given[0], Tensor):
            rule_name = "cross_entropy" if layer.name in ("CrossEntropyLoss", "NLLLoss") else "mse_loss"
            return OPERATORS[rule_name](given, {})
        return Tensor()

    def _call_named(self, function: Named, args: list[Value], kwargs: dict[str, Value]) -> Value:
        name = function.last
        if name[:1].isupper() and name not in ("Tensor", "FloatTensor", "Parameter", "Buffer"):
            return self._layer(name, args, kwargs)
        if name in ("rearrange", "repeat", "reduce") and len(args) > 1 and isinstance(args[1], str):
            return patterns.rearranged(args[1], args[0], kwargs)
        if name == "einsum":
            equation = next((one for one in args if isinstance(one, str)), None)
            tensors = [one for one in args if isinstance(one, Tensor)]
            return UNKNOWN if equation is None else patterns.einsum(equation, tensors)
        if (tensor := made(name, args, kwargs)) is not None:
            return tensor
        if name in ("checkpoint",) and args:
            return self.call(args[0], args[1:], {})
        if name == "partial" and args:
            return args[0]
        rule = OPERATORS.get(name)
        if rule is not None and not args and kwargs:
            args = [kwargs.pop("input", next(iter(kwargs.values())))]
        if rule is not None and args and (isinstance(args[0], Tensor) or name in OF_LISTS):
            return rule(args, kwargs)
        tensors = [one for one in args if isinstance(one, Tensor)]
        if rule is operators.arithmetic and tensors:
            return rule(args, kwargs)
        if name == "sqrt" and len(args) == 1 and isinstance(args[0], (int, float)):
            return args[0] ** 0.5
        return Tensor() if tensors else UNKNOWN

    def _layer(self, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if name == "Sequential":
            inner = args[0] if len(args) == 1 and isinstance(args[0], (list, dict)) else args
            return Sequence_([one for one in (inner.values() if isinstance(inner, dict) else inner) if one is not None])
        if name in ("ModuleList", "ParameterList", "OrderedDict", "ModuleDict"):
            given = args[0] if args else []
            if name in ("OrderedDict", "ModuleDict") and isinstance(given, list):
                return {one[0]: one[1] for one in given if isinstance(one, (tuple, list)) and len(one) == 2}
            return list(given) if isinstance(given, (list, tuple)) else given
        return Layer(name, args, kwargs)

    def _call_function(self, function: Function, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if self.depth >= _DEEPEST:
            return UNKNOWN
        node = function.node
        names = dict(function.around)
        is_static = isinstance(node, ast.FunctionDef) and any(
            isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list
        )
        given = [function.of, *args] if function.of is not None and not is_static else args
        self.bind(node.args, given, kwargs, names)
        if function.of is not None:
            names["<self>"] = function.of
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                return self.evaluate(node.body, names)
            names["<method>"] = node
            self.run(node.body, names)
        except Returned as exc:
            return exc.value
        except Raised:
            return UNKNOWN
        finally:
            self.depth -= 1
        return None

    def bind(
        self, spec: ast.arguments, given: list[Value], kwargs: Mapping[str, Value], names: dict[str, Value]
    ) -> None:
        """Parameters take what is given, else their defaults; nothing is missed."""
        parameters = [*spec.posonlyargs, *spec.args]
        for place, parameter in enumerate(parameters):
            missing = len(parameters) - place <= len(spec.defaults)
            if place < len(given):
                names[parameter.arg] = given[place]
            elif parameter.arg in kwargs:
                names[parameter.arg] = kwargs[parameter.arg]
            elif missing:
                names[parameter.arg] = self.evaluate(spec.defaults[place - len(parameters)], names)
            else:
                names[parameter.arg] = UNKNOWN
        for parameter, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            names[parameter.arg] = kwargs.get(
                parameter.arg, UNKNOWN if default is None else self.evaluate(default, names)
            )
        if spec.vararg is not None:
            names[spec.vararg.arg] = tuple(given[len(parameters) :])
        if spec.kwarg is not None:
            known = {parameter.arg for parameter in (*parameters, *spec.kwonlyargs)}
            names[spec.kwarg.arg] = {name: value for name, value in kwargs.items() if name not in known}

    def construct(self, node: ast.ClassDef, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """An instance: its constructor is followed."""
        made_one = Instance(node)
        init = self.source.method(node, "__init__")
        for base in reversed(list(self.source.bases(node))):
            for item in base.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.value is not None:
                    made_one.attributes[item.target.id] = self.evaluate(item.value, {})
                elif isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
                    made_one.attributes[item.targets[0].id] = self.evaluate(item.value, {})
        parent = self.evaluate(node.bases[0], {}) if init is None and node.bases else None
        if isinstance(parent, Named) and (parent.last in LAYERS or parent.last == "Sequential"):
            inner = self._layer(parent.last, args, kwargs)
            if self.source.method(node, "forward") is None:
                return inner
            made_one.attributes["<sequence>"] = inner
        elif init is None:
            fields = [i.target.id for i in node.body if isinstance(i, ast.AnnAssign) and isinstance(i.target, ast.Name)]
            made_one.attributes.update(zip(fields, args, strict=False))
            made_one.attributes.update(kwargs)
        else:
            self._call_function(Function(init, {}, made_one), args, kwargs)
        return made_one

    def call_super(self, names: Mapping[str, Value], name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """``super().name(...)`` inside of a method that is followed."""
        owner, method = names.get("<self>"), names.get("<method>")
        if not isinstance(owner, Instance):
            return UNKNOWN
        above = next((one for one in self.source.bases(owner.node) if any(method is i for i in one.body)), owner.node)
        found = self.source.method(owner.node, name, above)
        if found is not None:
            return self._call_function(Function(found, {}, owner), args, kwargs)
        if name == "__init__" and any(isinstance(base, (ast.Attribute, ast.Name)) for base in above.bases):
            parent = self.evaluate(above.bases[0], {}) if above.bases else UNKNOWN
            if isinstance(parent, Named) and parent.last == "Sequential":
                owner.attributes["<sequence>"] = self._layer("Sequential", args, kwargs)
            elif isinstance(parent, Named) and parent.last in LAYERS:
                owner.attributes["<sequence>"] = Layer(parent.last, args, kwargs)
        elif name == "forward" and (inner := owner.attributes.get("<sequence>")) is not None:
            return self.call(inner, args, kwargs)
        return UNKNOWN
