"""Writes the body of a kernel: evaluates IR values at tile indices, each at most once per scope."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import Any

import sympy

from kernelagent.worker.synth import dtypes
from kernelagent.worker.synth.emit.exact_quotients import exact_quotients, quotient
from kernelagent.worker.synth.emit.pointwise import TEMPLATES, Call, number
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.emit.text import RESERVED, bracketed, call, fresh_name
from kernelagent.worker.synth.emit.tile import Tile, Var
from kernelagent.worker.synth.extents import Extent
from kernelagent.worker.synth.index import (
    FloorDiv,
    Index,
    Loaded,
    Modulo,
    Sqrt,
    dim,
    simplify,
    size_symbol,
    substitute,
    within,
)
from kernelagent.worker.synth.ir import Buffer, Condition, Map, Op, Operand, Position, operands
from kernelagent.worker.synth.plan import Kernel, Plan


class Body:
    """State of one kernel while it is written."""

    def __init__(self, kernel: Kernel, plan: Plan, labels: Mapping[Op, str]):
        self.kernel = kernel
        self.plan = plan
        self.labels = labels
        self.pointers: dict[Op, str] = {}
        """Memory that the kernel touches → parameter name, in order of first use."""
        self.sizes: dict[Any, str] = {}
        """Size expression → parameter name."""
        self.used: set[str] = set()
        """Device functions called."""
        self.taken: set[str] = set(RESERVED)
        self.exact = exact_quotients(plan)
        self.start_suffix = "_start"
        """What pointers that are moved before a loop are called."""
        self.taken_indices: set[str] = set()
        """Names given to quotients and remainders of tile variables."""
        self.values: dict[Op, Var] = {}
        """Results of the kernel's own reductions and contraction, once they are there."""

    # -- names -----------------------------------------------------------------------------------------------------

    def name(self, wanted: str) -> str:
        return fresh_name(wanted, self.taken)

    def pointer(self, memory: Op) -> str:
        if memory not in self.pointers:
            wanted = memory.name if isinstance(memory, Buffer) else self.labels.get(memory, "out")
            self.pointers[memory] = self.name(f"{wanted}_ptr")
        return self.pointers[memory]

    def size(self, expression: Any, wanted: str) -> str:
        """A size as the kernel's text has it: a literal, or a parameter."""
        expression = sympy.sympify(expression)
        if expression.is_Integer:
            return str(int(expression))
        if expression not in self.sizes:
            self.sizes[expression] = self.name(wanted)
        return self.sizes[expression]

    def text(self, expression: Any, tile: Tile, when: tuple[Condition, ...] = ()) -> str:
        """An index expression: sizes become parameters, quotients and remainders of tile variables get names."""
        return self._printed(self._with_names(expression, tile, when), tile)

    def _printed(self, expression: Any, tile: Tile) -> str:
        for size, name in self.sizes.items():
            if size.is_Mul and all(a.is_Symbol or a.is_Integer for a in size.args):
                expression = expression.subs(size, size_symbol(name))
            elif not size.is_Symbol:
                expression = expression.xreplace({size: size_symbol(name)})
        known = {size_symbol(name) for name in self.sizes.values()} | set(tile.names)
        names = dict(tile.names)
        for symbol in sorted(expression.free_symbols - known, key=str):
            if symbol.name in self.taken_indices:
                names[symbol] = symbol.name
            else:
                wanted = symbol.label if isinstance(symbol, Extent) else symbol.name
                expression = expression.xreplace({symbol: size_symbol(self.size(symbol, wanted))})
        return to_text(expression, names)

    def _with_names(self, expression: Any, tile: Tile, when: tuple[Condition, ...] = ()) -> Any:
        """Replace each ``offsets // n`` and ``offsets % n`` by a variable that holds it, innermost first."""
        expression = sympy.sympify(expression)
        if not expression.args:
            return expression
        if isinstance(expression, Loaded):
            return self._read(expression, tile, when)
        rebuilt = expression.func(*(self._with_names(a, tile, when) for a in expression.args))
        choice = isinstance(expression, (sympy.Max, sympy.Min))
        if not (choice or isinstance(expression, (FloorDiv, Modulo))) or not self.axes_in(expression, tile):
            return rebuilt
        axes = self.axes_in(expression, tile)
        key = ("index", expression, tuple(sorted(tile.names.values())))
        for scope in tile.scopes:
            if key in scope.memo:
                return sympy.Symbol(scope.memo[key].text, integer=True, nonnegative=True)
        wanted = next((f"i{n}" for n, e in enumerate(tile.domain) if e == expression), "i")
        name = self.name(wanted)
        scope = tile.scope_for(axes)
        self.taken_indices.add(name)
        scope.write(f"{name} = {self._chosen(rebuilt, tile) if choice else self._printed(rebuilt, tile)}")
        scope.memo[key] = Var(name, axes, "int64")
        return sympy.Symbol(name, integer=True, nonnegative=True)

    def _read(self, position: Any, tile: Tile, when: tuple[Condition, ...]) -> Any:
        """A value that stands in an index, read under the conditions under which the index is used."""
        var = self.evaluate(position.args[0].op, tuple(position.args[1:]), tile, when)
        if not var.text.isidentifier():
            var = self.assign("i", var.text, var.axes, var.dtype, tile)
        self.taken_indices.add(var.text)
        return sympy.Symbol(var.text, integer=True, nonnegative=True)

    def axes_in(self, expression: Any, tile: Tile) -> frozenset[str]:
        """The tile axes along which an index varies. What is computed of the kernel's own results and stands in it is
        a tile along their axes, where it has one element too."""
        axes = tile.axes_in(expression)
        pending = [position.args[0].op for position in expression.atoms(Loaded)]
        seen: set[Op] = set()
        while pending:
            op = pending.pop()
            if op in self.values:
                axes |= self.values[op].axes
            elif op not in seen and not self.in_memory(op):
                pending += [operand.op for operand in operands(op)]
            seen.add(op)
        return axes

    def _chosen(self, expression: Any, tile: Tile) -> str:
        """The larger or the smaller of several."""
        function = "tl.maximum" if isinstance(expression, sympy.Max) else "tl.minimum"
        return functools.reduce(
            lambda text, other: f"{function}({text}, {other})", (self._printed(a, tile) for a in expression.args)
        )

    # -- values ----------------------------------------------------------------------------------------------------

    def evaluate(
        self,
        op: Op,
        index: Index,
        tile: Tile,
        when: tuple[Condition, ...] = (),
        raw: bool = False,
        other: float | int = 0,
    ) -> Var:
        """``op`` at ``index`` (over the tile's variables) as a variable in the outermost scope that can hold it. With
        ``raw`` a half that is loaded is not widened; ``other`` is what a load gives where it is masked."""
        if op in self.values:
            return self.values[op]
        if when and all(within(i, s, tile.ranges) for i, s in zip(index, op.shape, strict=True)):
            when = ()  # it is there to be read in any case
        key = (op, index, when, raw, str(other))
        for scope in tile.scopes:
            if key in scope.memo:
                return scope.memo[key]
        if self.in_memory(op):
            var = self._load(op, index, tile, when, raw, other)
        elif isinstance(op, Position):
            var = self._position(op, index, tile)
        elif isinstance(op, Map):
            var = self._padded(op, index, tile, when, raw) or self._map(op, index, tile, when)
        else:
            raise AssertionError(f"{type(op).__name__} is read before it is computed")
        if not var.text.isidentifier():
            return var
        tile.scope_for(var.axes).memo[key] = var
        return var

    def in_memory(self, op: Op) -> bool:
        return isinstance(op, Buffer) or self.plan.is_loaded(op, self.kernel)

    def evaluate_operand(
        self,
        operand: Operand,
        index: Index,
        tile: Tile,
        when: tuple[Condition, ...] = (),
        raw: bool = False,
        other: float | int = 0,
    ) -> Var:
        """An operand of a value that is itself computed at ``index``."""
        mapping = {dim(i): e for i, e in enumerate(index)}
        at = self.moved(operand.index, index, tile)
        conditions = when + tuple(_moved(c, mapping, tile) for c in operand.when)
        return self.evaluate(operand.op, at, tile, conditions, raw, other)

    def moved(self, index: Index, at: Index, tile: Tile) -> Index:
        """An index over a consumer's dimensions where the consumer is computed ``at``."""
        mapping = {dim(i): e for i, e in enumerate(at)}
        return tuple(substitute(e, mapping, tile.ranges) for e in index)

    def assign(self, wanted: str, text: str, axes: frozenset[str], dtype: str, tile: Tile) -> Var:
        name = self.name(wanted)
        tile.scope_for(axes).write(f"{name} = {text}")
        return Var(name, axes, dtype)

    def address(
        self, memory: Op, index: Index, tile: Tile, when: tuple[Condition, ...] = ()
    ) -> tuple[str, frozenset[str]]:
        strides = (memory if isinstance(memory, Buffer) else self.plan.storage[memory]).strides
        flat = simplify(sympy.Add(*(i * s for i, s in zip(index, strides, strict=True))), tile.ranges)
        axes = self.axes_in(flat, tile)
        start, rest = self._hoisted(memory, flat, tile)
        return (start if rest == 0 else f"{start} + {self.text(rest, tile, when)}"), axes

    def _hoisted(self, memory: Op, flat: Any, tile: Tile) -> tuple[str, Any]:
        """Pointer and offset; in a loop, what stays the same of the offset is added to the pointer before it."""
        pointer = self.pointer(memory)
        outer = tile.scopes[0]
        terms = sympy.Add.make_args(flat)
        fixed = [t for t in terms if self.axes_in(t, tile) <= outer.axes and not t.atoms(Loaded)]
        if len(tile.scopes) == 1 or len(fixed) == len(terms) or not any(self.axes_in(t, tile) for t in fixed):
            return pointer, flat
        moved = sympy.Add(*fixed)
        key = ("start", memory, moved, tuple(sorted(tile.names.values())))
        if key not in outer.memo:
            axes = self.axes_in(moved, tile)
            wanted = pointer.removesuffix("_ptr") + self.start_suffix
            outer.memo[key] = self.assign(wanted, f"{pointer} + {self.text(moved, tile)}", axes, "", tile)
        return outer.memo[key].text, flat - moved

    def mask(self, axes: frozenset[str], tile: Tile, when: tuple[Condition, ...] = ()) -> tuple[str, frozenset[str]]:
        parts = [text for axis, text in tile.masks.items() if axis in axes]
        if when:
            inside = self.guard(when, tile)
            axes |= inside.axes
            parts = [text for axis, text in tile.masks.items() if axis in axes] + [inside.text]
        return " & ".join(parts), axes

    def guard(self, conditions: tuple[Condition, ...], tile: Tile, when: tuple[Condition, ...] = ()) -> Var:
        """A variable that says where all the conditions hold."""
        key = ("inside", conditions, when, tuple(sorted(tile.names.values())))
        for scope in tile.scopes:
            if key in scope.memo:
                return scope.memo[key]
        texts = [self.condition(c, tile, (*when, *conditions[:i])) for i, c in enumerate(conditions)]
        axes = frozenset().union(*(a for _, a in texts))
        text = texts[0][0] if len(texts) == 1 else " & ".join(f"({t})" for t, _ in texts)
        if text == "True":
            return Var(text, axes, "bool")
        var = self.assign("inside", text, axes, "bool", tile)
        tile.scope_for(axes).memo[key] = var
        return var

    def condition(
        self, condition: Condition, tile: Tile, when: tuple[Condition, ...] = ()
    ) -> tuple[str, frozenset[str]]:
        expression = condition.expression
        axes = self.axes_in(expression, tile)
        text = self.text(expression, tile, when)
        tests = []
        if condition.low is not None:
            tests.append(f"{text} >= {self.text(sympy.sympify(condition.low), tile)}")
        if condition.high is not None:
            tests.append(f"{text} < {self.text(sympy.sympify(condition.high), tile)}")
        if not tests:
            return "True", axes
        return (tests[0] if len(tests) == 1 else f"({tests[0]}) & ({tests[1]})"), axes

    def _padded(self, op: Map, index: Index, tile: Tile, when: tuple[Condition, ...], raw: bool) -> Var | None:
        """A number around what lies in memory is the load's own ``other``."""
        if op.fn != "where":
            return None
        test, taken, rest = op.operands
        if not isinstance(test, Operand) or not isinstance(taken, Operand) or not isinstance(rest, (int, float)):
            return None
        guards = isinstance(test.op, Map) and test.op.attributes.get("conditions") == taken.when
        if not (guards and taken.when and self.in_memory(taken.op) and taken.op.dtype == op.dtype):
            return None
        at = self.moved(taken.index, index, tile)
        if all(within(i, s, tile.ranges) for i, s in zip(at, taken.op.shape, strict=True)):
            return None  # the guard is none of memory's: the load alone would not know of it
        return self.evaluate_operand(taken, index, tile, when, raw, rest)

    def _load(
        self, op: Op, index: Index, tile: Tile, when: tuple[Condition, ...], raw: bool, other: float | int
    ) -> Var:
        address, axes = self.address(op, index, tile, when)
        reached = axes
        mask, axes = self.mask(axes, tile, when)
        for symbol, axis in tile.axis_of.items():
            if axis in axes - reached:
                address += f" + {tile.names[symbol]} * 0"  # a mask may not be wider than the pointers
        held = number(other, op.dtype if op.dtype != "bool" else "int8")
        arguments = [address, f"mask={mask}", f"other={held}"] if mask else [address]
        text = call("tl.load", arguments, tile.scope_for(axes).indent)
        register = op.dtype if raw else dtypes.register(op.dtype)
        if register != op.dtype:
            text += f".to({dtypes.triton_name(register)})"
        elif op.dtype == "bool":
            text += " != 0"
        wanted = op.name if isinstance(op, Buffer) else self.labels.get(op, "value")
        return dataclasses.replace(self.assign(wanted, text, axes, register, tile), zeroed=other == 0)

    def _position(self, op: Position, index: Index, tile: Tile) -> Var:
        mapping = {dim(i): e for i, e in enumerate(index)}
        expression = substitute(op.expression, mapping, tile.ranges)
        axes = self.axes_in(expression, tile)
        if not expression.is_integer:
            # float64, so that a float64 kernel loses nothing; it is narrowed where it is used
            return self.assign("scale", self.real(expression, tile), axes, "float64", tile)
        text = self.text(expression, tile)
        if expression.is_number:
            return Var(text, axes, dtypes.register(op.dtype))
        if axes:
            text = f"{bracketed(text)}.to(tl.int64)"
        elif text.isidentifier():
            return Var(text, axes, "int64")
        return self.assign("position" if axes else "size", text, axes, "int64", tile)

    def real(self, expression: Any, tile: Tile) -> str:
        """A size expression with roots or quotients in it, computed in float64."""
        if expression.is_number:
            return f"tl.full((), {float(expression)!r}, tl.float64)"
        if expression.is_Symbol:
            return f"tl.cast({self.text(expression, tile)}, tl.float64)"
        if isinstance(expression, Sqrt):
            return f"tl.sqrt({self.real(expression.args[0], tile)})"
        if expression.is_Pow and expression.exp.is_number and not (expression.is_integer and expression.exp > 0):
            base, exponent = self.real(expression.base, tile), abs(float(expression.exp))
            power = {1.0: base, 0.5: f"tl.sqrt({base})"}.get(exponent, f"tl.exp({exponent!r} * tl.log({base}))")
            return power if expression.exp > 0 else f"(1.0 / {power})"
        if expression.is_integer:
            return f"tl.cast({self.text(expression, tile)}, tl.float64)"
        if expression.is_Mul or expression.is_Add:
            sign = " * " if expression.is_Mul else " + "
            return "(" + sign.join(self.real(a, tile) for a in expression.args) + ")"
        raise ValueError(f"cannot compute {expression}")

    def _map(self, op: Map, index: Index, tile: Tile, when: tuple[Condition, ...]) -> Var:
        compute = dtypes.register(op.compute)
        if op.fn == "constant":
            return Var(number(op.operands[0], compute), frozenset(), compute)
        if op.fn == "inside":
            return self._inside(op, index, tile, when)
        texts: list[str] = []
        axes: frozenset[str] = frozenset()
        for position, operand in enumerate(op.operands):
            if not isinstance(operand, Operand):
                texts.append(bracketed(number(operand, compute)))
                continue
            var = self.evaluate_operand(operand, index, tile, when)
            axes |= var.axes
            is_condition = op.fn == "where" and position == 0
            texts.append(var.text if is_condition else self.cast(var, compute))
        if texts and compute in ("float64", "int64") and all(map(_is_literal, op.operands)):
            # Triton takes a number by itself for a float32, or for an int32
            texts[0] = f"tl.full((), {texts[0]}, {dtypes.triton_name(compute)})"
        if op.fn == "cast":
            text = self._converted(op, texts[0])
            dtype = dtypes.register(op.dtype)
            if text == texts[0]:
                return Var(text, axes, dtype)
        else:
            is_exact = op in self.exact and compute == "float32"
            text = quotient(op, texts) if is_exact else TEMPLATES[op.fn](Call(op, texts, self.used))
            dtype = "bool" if op.dtype == "bool" else compute
            wanted = dtypes.register(op.dtype)
            if dtype != wanted:
                text, dtype = f"({text}).to({dtypes.triton_name(wanted)})", wanted
        return self.assign(self.labels.get(op, op.fn), text, axes, dtype, tile)

    def cast(self, var: Var, dtype: str) -> str:
        if var.dtype == dtype:
            return bracketed(var.text)
        if dtype == "bool":
            return f"({var.text} != 0)"
        if not var.text.isidentifier():
            literal = var.text
            if re.fullmatch(r"-?[\d.e+-]+|True|False", literal):
                return bracketed(number(float(literal) if "." in literal or "e" in literal else eval(literal), dtype))
            return f"tl.cast({literal}, {dtypes.triton_name(dtype)})"
        if var.text in self.sizes.values():
            return f"tl.cast({var.text}, {dtypes.triton_name(dtype)})"
        return f"{var.text}.to({dtypes.triton_name(dtype)})"

    def _converted(self, op: Map, text: str) -> str:
        """A cast that the source asks for; to a half it rounds, though the value is kept wide."""
        if dtypes.is_half(op.dtype) and not self._has_dtype(op.operands[0], op.dtype):
            if not text.isidentifier() and not text.startswith("tl.") and ".to(" not in text:  # a number, no tensor
                text = f"tl.full((), {text}, tl.float32)"
            return f"{text}.to({dtypes.triton_name(op.dtype)}).to(tl.float32)"
        return text

    def _has_dtype(self, operand: Any, dtype: str) -> bool:
        return isinstance(operand, Operand) and operand.op.dtype == dtype

    def _inside(self, op: Map, index: Index, tile: Tile, when: tuple[Condition, ...]) -> Var:
        mapping = {dim(i): e for i, e in enumerate(index)}
        return self.guard(tuple(_moved(c, mapping, tile) for c in op.attributes["conditions"]), tile, when)

    # -- results ---------------------------------------------------------------------------------------------------

    def store(self, op: Op, tile: Tile) -> None:
        """Store a placed value from the scope in which it lives."""
        index = self.placed_index(op, tile)
        valid = self._valid(tile)
        var = self.evaluate(op, index, tile, valid)
        address, axes = self.address(op, index, tile)
        for symbol, axis in tile.axis_of.items():
            if axis in var.axes - axes and axis in tile.masks:
                # the value is a tile along an axis of size 1, on which the index is 0 wherever the mask holds
                address += f" + {tile.names[symbol]}"
                axes |= {axis}
        mask, _ = self.mask(axes, tile, valid)
        scope = tile.scope_for(axes | var.axes)
        arguments = [address, var.text, *([f"mask={mask}"] if mask else [])]
        scope.write(call("tl.store", arguments, scope.indent))

    def _valid(self, tile: Tile) -> tuple[Condition, ...]:
        mapping = {dim(i): e for i, e in enumerate(tile.domain)}
        return tuple(_moved(c, mapping, tile) for c in self.kernel.valid)

    def placed_index(self, op: Op, tile: Tile) -> Index:
        mapping = {dim(i): e for i, e in enumerate(tile.domain)}
        return tuple(substitute(e, mapping, tile.ranges) for e in self.kernel.placed[op])


def _is_literal(operand: Any) -> bool:
    return not isinstance(operand, Operand) or (isinstance(operand.op, Map) and operand.op.fn == "constant")


def _moved(condition: Condition, mapping: Mapping[Any, Any], tile: Tile) -> Condition:
    return Condition(
        substitute(condition.expression, mapping, tile.ranges),
        condition.low,
        condition.high,
    )
