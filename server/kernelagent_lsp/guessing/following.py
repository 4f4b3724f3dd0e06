"""Following calls: of functions and classes of the source, of layers, of what ``torch`` has under a name."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Mapping, Sequence

from kernelagent_lsp.guessing import patterns
from kernelagent_lsp.guessing.attributes import Attributes
from kernelagent_lsp.guessing.built_ins import built_in
from kernelagent_lsp.guessing.layers import LAYERS
from kernelagent_lsp.guessing.operators.arithmetic import arithmetic
from kernelagent_lsp.guessing.operators.table import OF_LISTS, OPERATORS, made
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.values import UNKNOWN, Function, Instance, Layer, Named, Sequence_, Tensor, Value

_DEEPEST = 14
_MOST_SEEN = 4000


class Returned(Exception):
    """A ``return`` was met."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class Raised(Exception):
    """A ``raise`` was met, or another end of what is followed."""


class Calls(Attributes):
    """What a call gives; the statements of a function that is followed are another's."""

    depth: int
    seen: list[Shape]
    """Shapes of what layers and functions gave."""

    @abstractmethod
    def run(self, body: Sequence[ast.stmt], names: dict[str, Value]) -> None: ...

    def _of_Call(self, node: ast.Call, names: Mapping[str, Value]) -> Value:
        function = node.func
        args = list(self._items(node.args, names))
        kwargs: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, names)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, dict):
                kwargs.update({str(key): one for key, one in value.items()})
        if isinstance(function, ast.Name) and function.id not in names and function.id not in self.source.functions:
            found = built_in(function.id, args, self.attribute)
            if found is not NotImplemented:
                return found
        if isinstance(function, ast.Attribute):
            inner = function.value
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "super":
                return self.call_super(names, function.attr, args, kwargs)
            owner = self.evaluate(inner, names)
            if not isinstance(owner, Named):
                return self._method(owner, function.attr, args, kwargs)
        return self.call(self.evaluate(function, names), args, kwargs)

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
        if rule is arithmetic and tensors:
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
