"""What an expression of a kernel is, from what its parts are."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from kernelagent.lint import tails
from kernelagent.lint.axes import aligned, joint_rank, merged_axes, moved_axes
from kernelagent.lint.dtypes import divides, operator_dtype
from kernelagent.lint.language import ATOMICS, PARAMETERS
from kernelagent.lint.names import Names
from kernelagent.lint.results import elementwise, result
from kernelagent.lint.value import ORDER, SINGLE, UNKNOWN, Kind, Value, constant

if TYPE_CHECKING:
    from kernelagent.lint.flow import Flow

_UNSUPPORTED: tuple[type[ast.expr], ...] = (
    *(ast.Lambda, ast.DictComp, ast.SetComp, ast.GeneratorExp, ast.Dict, ast.Set),
    *(ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await),
)
_BUILT_IN = {"min": "minimum", "max": "maximum"}
_KNOWN_PACKAGES = ("triton.", "math.", "torch.")


class Expressions:
    """Evaluates expressions of one kernel, and tells its :class:`Flow` what it meets."""

    def __init__(self, flow: Flow, names: Names) -> None:
        self.flow, self._names = flow, names
        self._last = 0
        self._quiet = False

    def evaluate(self, node: ast.expr) -> Value:
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            return handler(self, node)
        if isinstance(node, _UNSUPPORTED):
            self.flow.report_unsupported(node)
        return UNKNOWN

    def quiet(self, node: ast.expr) -> Value:
        """The value of ``node``, which was evaluated before: nothing is told a second time."""
        flow = self.flow
        lists: tuple[list[Any], ...] = (
            *(flow.accesses, flow.calls, flow.tests),
            *(flow.chained, flow.unsupported, flow.products),
        )
        lengths = [len(items) for items in lists]
        value = self.evaluate(node)
        for items, length in zip(lists, lengths, strict=True):
            del items[length:]
        return value

    def name_of(self, call: ast.Call) -> str | None:
        return self._names.language(call.func)

    def fresh(self) -> int:
        self._last += 1
        return self._last

    # Names and literals

    def _name(self, node: ast.Name) -> Value:
        flow = self.flow
        value = flow.environment.get(node.id)
        if isinstance(node.ctx, ast.Load):
            flow.read.setdefault(node.id, node)
            if value is None:
                flow.globals_read.setdefault(node.id, node)
        return UNKNOWN if value is None else value

    def _constant(self, node: ast.Constant) -> Value:
        value = node.value
        return constant(float(value)) if isinstance(value, (int, float)) and abs(value) < 1e300 else constant()

    def _attribute(self, node: ast.Attribute) -> Value:
        path = self._names.of(node)
        if path is not None:
            if path in ("math.inf", "float.inf"):
                return constant(float("inf"))
            return constant()
        base = self.evaluate(node.value)
        if node.attr == "T":
            return replace(
                base, identity=self.fresh(), tails={}, bounds={}, leaves={}, varies=frozenset(), is_clear=False
            )
        return constant() if node.attr in ("dtype", "shape", "type", "value", "element_ty") else UNKNOWN

    def _tuple(self, node: ast.Tuple | ast.List) -> Value:
        kinds = {self.evaluate(item).kind for item in node.elts}
        return constant() if kinds <= {Kind.CONSTANT} else UNKNOWN

    def _joined_string(self, node: ast.JoinedStr) -> Value:
        return constant()

    def _starred(self, node: ast.Starred) -> Value:
        self.evaluate(node.value)
        return UNKNOWN

    def _comprehension(self, node: ast.ListComp) -> Value:
        for generator in node.generators:
            self.evaluate(generator.iter)
        return UNKNOWN

    # Operators

    def _binary(self, node: ast.BinOp) -> Value:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        value = self.combine(node.op, left, right, node)
        same = (
            isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right) if value.is_block else False
        )
        return replace(value, never_negative=True) if same else value

    def combine(self, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
        """What ``left op right`` is."""
        if isinstance(op, ast.Mult) and isinstance(node, ast.BinOp):
            self.flow.products.append((node, left, right))
        kind = next(kind for kind in ORDER if kind in (left.kind, right.kind))
        if kind is Kind.CONSTANT:
            return constant(tails.folded(op, left.number, right.number))
        additive = isinstance(op, (ast.Add, ast.Sub))
        root = (left.root or right.root) if additive and (left.root is None or right.root is None) else None
        wide, programs = left.wide or right.wide, left.programs or right.programs
        if kind is not Kind.BLOCK:
            if kind in (Kind.ARGUMENT, Kind.SCALAR):
                dtype = operator_dtype(op, left, right)
                return Value(kind, self.fresh(), root=root, wide=wide, programs=programs, dtype=dtype)
            return Value(kind, self.fresh(), root=root)
        rank = joint_rank(left, right)
        left, right = aligned(left, rank), aligned(right, rank)
        identity = self.fresh()
        stops = isinstance(op, ast.Mod)
        varies = left.varies | right.varies
        leaves = {identity: varies} if stops else {**merged_axes(left.leaves, right.leaves), identity: varies}
        bounds: Mapping[int, frozenset[int]] = {}
        if isinstance(op, ast.BitAnd):
            bounds = {**left.bounds, **right.bounds}
        is_clear = rank is not None and all(value.is_clear or value.kind in SINGLE for value in (left, right))
        return Value(
            Kind.BLOCK,
            identity,
            dtype=operator_dtype(op, left, right),
            rank=rank,
            varies=varies,
            root=root,
            leaves=leaves,
            bounds=bounds,
            tails=tails.combined(op, left, right) if is_clear else {},
            is_clear=is_clear,
            raw=None if divides(op) else _joint_raw(left, right),
            never_negative=left.never_negative
            and right.never_negative
            and isinstance(op, (ast.Add, ast.Mult, ast.Div, ast.Mod, ast.FloorDiv)),
            wide=wide,
            programs=programs,
        )

    def _unary(self, node: ast.UnaryOp) -> Value:
        value = self.evaluate(node.operand)
        if isinstance(node.op, ast.Not):
            return replace(value, tails={}, bounds={}, raw=None, is_clear=False)
        if isinstance(node.op, ast.USub):
            if value.kind is Kind.CONSTANT:
                return constant(None if value.number is None else -value.number)
            return replace(value, identity=self.fresh(), never_negative=False, tails=tails.negated(value.tails))
        return replace(value, identity=self.fresh(), tails={}, bounds={}, never_negative=False, is_clear=False)

    def _compare(self, node: ast.Compare) -> Value:
        values = [self.evaluate(item) for item in (node.left, *node.comparators)]
        if len(node.ops) > 1:
            self.flow.chained.append((node, all(value.kind is Kind.CONSTANT for value in values)))
        kind = next(kind for kind in ORDER if kind in {value.kind for value in values})
        if any(isinstance(op, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for op in node.ops):
            return constant()
        if kind is not Kind.BLOCK or len(values) != 2:
            return Value(kind, self.fresh(), dtype="int1", rank=None if kind is Kind.BLOCK else 0)
        left, right = values
        rank = joint_rank(left, right)
        bounds: dict[int, frozenset[int]] = {}
        bounded = left if left.is_block and not right.is_block else right if not left.is_block else None
        ordered = isinstance(node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))
        if bounded is not None and ordered and bounded.identity and bounded.tails == {} and bounded.raw is None:
            upper = isinstance(node.ops[0], (ast.Lt, ast.LtE)) == (bounded is left)
            if upper:  # `0 <= offsets` keeps nothing from running past the end
                bounds = {bounded.identity: aligned(bounded, rank).varies}
        return Value(
            Kind.BLOCK, self.fresh(), dtype="int1", rank=rank, bounds=bounds, varies=left.varies | right.varies
        )

    def _boolean(self, node: ast.BoolOp) -> Value:
        values = [self.evaluate(item) for item in node.values]
        kind = next(kind for kind in ORDER if kind in {value.kind for value in values})
        if kind is Kind.BLOCK:
            from kernelagent.lint.flow import Test

            what: Literal["and", "or"] = "and" if isinstance(node.op, ast.And) else "or"
            block = next(value for value in values if value.is_block)
            are_conditions = all(value.dtype == "int1" and value.kind is not Kind.CONSTANT for value in values)
            self.flow.tests.append(Test(what, node, block, node, are_conditions))
            return Value(Kind.BLOCK, self.fresh(), dtype="int1")
        return Value(kind, dtype="int1" if all(value.dtype == "int1" for value in values) else None)

    def _conditional(self, node: ast.IfExp) -> Value:
        from kernelagent.lint.flow import Test

        self.flow.tests.append(Test("if expression", node.test, self.evaluate(node.test), node))
        path = self.flow.path
        self.flow.path = (*path, (id(node), 0))
        left = self.evaluate(node.body)
        self.flow.path = (*path, (id(node), 1))
        right = self.evaluate(node.orelse)
        self.flow.path = path
        kind = left.kind if left.kind is right.kind else Kind.UNKNOWN
        return Value(kind, self.fresh(), dtype=left.dtype if left.dtype == right.dtype else None)

    def _subscript(self, node: ast.Subscript) -> Value:
        value = self.evaluate(node.value)
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not all(_is_axis(item) for item in items):
            self.evaluate(node.slice)
            return UNKNOWN if value.kind is not Kind.CONSTANT else constant()
        if not value.is_block:
            return value
        moved, old = {}, 0
        for new, item in enumerate(items):
            if isinstance(item, ast.Slice):
                moved[old] = new
                old += 1
        if value.rank is not None and old != value.rank:
            return replace(value, tails={}, bounds={}, leaves={}, varies=frozenset(), rank=None, is_clear=False)
        return moved_axes(value, moved, len(items))

    # Calls

    def _call(self, node: ast.Call) -> Value:
        from kernelagent.lint.flow import Access, Call

        name, is_method, is_built_in = self.name_of(node), False, False
        values = [self.evaluate(item) for item in node.args]
        keywords = {item.arg: self.evaluate(item.value) for item in node.keywords}
        nodes: list[ast.expr] = list(node.args)
        if name is None:
            if isinstance(node.func, ast.Name):
                if node.func.id not in self.flow.environment and node.func.id in _BUILT_IN:
                    name, is_built_in = _BUILT_IN[node.func.id], True
                else:
                    return self._function(node, node.func, values)
            elif isinstance(node.func, ast.Attribute) and self._names.of(node.func) is None:
                base = self.evaluate(node.func.value)
                name, is_method = node.func.attr, True
                name = "cast" if name == "to" else name
                values, nodes = [base, *values], [node.func.value, *nodes]
            else:
                path = self._names.of(node.func) or ""
                if not path.startswith(_KNOWN_PACKAGES):
                    self.flow.is_closed = False
                    return UNKNOWN
                return self._elementwise([*values, *keywords.values()])
        parameters = PARAMETERS.get(name, ((), 0))[0]
        by_name = dict(zip(parameters, values, strict=False))
        by_name.update({key: value for key, value in keywords.items() if key is not None})
        node_by_name = dict(zip(parameters, nodes, strict=False))
        node_by_name.update({item.arg: item.value for item in node.keywords if item.arg is not None})
        call = Call(name, node, by_name, node_by_name, self.flow.path, self.flow.loops, is_method)
        self.flow.calls.append(call)
        if is_built_in:
            are_constants = all(value.kind is Kind.CONSTANT for value in values)
            return constant() if are_constants else elementwise(self, name, values)
        if name in ("load", "store") or name in ATOMICS:
            kind: Literal["load", "store", "atomic"]
            kind = "load" if name == "load" else "store" if name == "store" else "atomic"
            mask_node = node_by_name.get("mask")
            if isinstance(mask_node, ast.Constant) and mask_node.value is None:
                mask_node = None
            mask = by_name.get("mask") if mask_node is not None else None
            pointer = by_name.get("pointer", UNKNOWN)
            self.flow.accesses.append(Access(kind, call, pointer, mask, mask_node))
        return result(self, name, node, values, by_name, node_by_name)

    def _function(self, node: ast.Call, function: ast.Name, values: list[Value]) -> Value:
        self.flow.called.add(function.id)
        path = self._names.of(function)
        if path is not None and not path.startswith(_KNOWN_PACKAGES):
            self.flow.is_closed = False
        self.flow.read.setdefault(function.id, function)
        if function.id == "float" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
            text = str(node.args[0].value).lower()
            if text in ("inf", "+inf", "-inf", "infinity", "-infinity"):
                return constant(float(text))
        if function.id in ("len", "isinstance", "hasattr", "getattr", "float", "int", "range"):
            return constant() if all(value.kind is Kind.CONSTANT for value in values) else UNKNOWN
        return UNKNOWN

    def _elementwise(self, values: list[Value]) -> Value:
        """A function that we do not know: of blocks it makes a block, as a rule."""
        return Value(Kind.BLOCK, self.fresh()) if values and all(value.is_block for value in values) else UNKNOWN

    def dtype_of(self, node: ast.expr | None) -> str | None:
        if node is None:
            return None
        name = self._names.language(node)
        if name is not None:
            return name
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return {"fp16": "float16", "bf16": "bfloat16", "fp32": "float32"}.get(node.value, node.value)
        return None


_HANDLERS: dict[type[ast.expr], Callable[[Expressions, Any], Value]] = {
    ast.Name: Expressions._name,
    ast.Constant: Expressions._constant,
    ast.Attribute: Expressions._attribute,
    ast.Tuple: Expressions._tuple,
    ast.List: Expressions._tuple,
    ast.JoinedStr: Expressions._joined_string,
    ast.Starred: Expressions._starred,
    ast.ListComp: Expressions._comprehension,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: Expressions._unary,
    ast.Compare: Expressions._compare,
    ast.BoolOp: Expressions._boolean,
    ast.IfExp: Expressions._conditional,
    ast.Subscript: Expressions._subscript,
    ast.Call: Expressions._call,
}


def _joint_raw(left: Value, right: Value) -> ast.Call | None:
    if left.raw and right.raw:
        return left.raw
    one, other = (left, right) if left.raw else (right, left)
    return one.raw if other.kind is Kind.CONSTANT or other.raw is one.raw else None


def _is_axis(node: ast.expr) -> bool:
    whole = isinstance(node, ast.Slice) and node.lower is None and node.upper is None and node.step is None
    return whole or (isinstance(node, ast.Constant) and node.value is None)
