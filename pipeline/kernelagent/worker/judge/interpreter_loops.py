"""The variable of a loop is what the compiler makes of it: an int32, or an int64 where a bound is one.

The interpreter runs Python's own ``range``, whose numbers have no width and are divided towards minus infinity; and
beside a block they are constants that take its type. The variable of a ``tl.static_range`` is a constant.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import triton.language as tl
from triton.language.semantic import TritonSemantic
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace

_RANGE, _LEAST, _MOST = (f"(compiled {name})" for name in ("range", "min", "max"))
"""No identifiers: no text of a kernel can name them."""
_LARGEST = 2**31 - 1


class LoopNumber(int):
    """A loop's variable, or what is computed of it and of constants."""

    bits = 32

    def __getattr__(self, name: str) -> Any:
        """``i.to(tl.int64)``"""
        return getattr(_as_tensor(self), name)


class WideLoopNumber(LoopNumber):
    bits = 64


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def transform(original: Any, rewriter: Any, source: str) -> Any:
        rewriter.fn.__globals__.update({_RANGE: _numbers, _LEAST: _least, _MOST: _most})
        return original(rewriter, source)

    def typed(original: Any, semantic: Any, lhs: Any, rhs: Any, *rest: Any, **options: Any) -> Any:
        return original(semantic, _as_tensor(lhs), _as_tensor(rhs), *rest, **options)

    def converted(original: Any, semantic: Any, value: Any, *rest: Any, **options: Any) -> Any:
        return original(semantic, _as_tensor(value), *rest, **options)

    replace(interpreter.FunctionRewriter, "_transform_ast", transform)
    replace(TritonSemantic, "to_tensor", converted)
    replace(TritonSemantic, "binary_op_type_checking_impl", typed)


class Loops(ast.NodeTransformer):
    """Has loops go through numbers of the compiler's, and ``min`` and ``max`` give such."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("min", "max"):
            node.func = ast.copy_location(ast.Name(_LEAST if node.func.id == "min" else _MOST, ast.Load()), node.func)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        for part in ast.walk(node.iter):
            if isinstance(part, ast.Call) and getattr(part.func, "attr", getattr(part.func, "id", "")) == "range":
                part.func = ast.copy_location(ast.Name(_RANGE, ast.Load()), part.func)
        return node


class _Numbers:
    """What a loop goes through; its length is known before."""

    def __init__(self, kind: type[LoopNumber], bounds: list[int]) -> None:
        self._kind, self._range = kind, range(*bounds)

    def __iter__(self) -> Iterator[LoopNumber]:
        return map(self._kind, self._range)

    def __len__(self) -> int:
        return len(self._range)


def _numbers(*bounds: Any, **options: Any) -> _Numbers:
    """As ``range`` and ``tl.range``, whose hints mean nothing here; ``step`` may be named."""
    named = [options[name] for name in ("arg1", "arg2", "step") if options.get(name) is not None]
    given = [*bounds[: 3 - len(named)], *named]
    is_wide = any(getattr(bound, "dtype", None) in (tl.int64, tl.uint64) for bound in given)
    whole = [operator.index(getattr(bound, "value", bound)) for bound in given if bound is not None]
    if len(given) == 3 and isinstance(given[2], (tl.core.tensor, LoopNumber)) and whole[2] < 0:
        whole[1] = whole[0]  # compiled, only a constant step is known to count down
    kind = WideLoopNumber if is_wide or any(abs(bound) > _LARGEST for bound in whole) else LoopNumber
    return _Numbers(kind, whole)


def _least(*given: Any) -> Any:
    return _one_of(min, tl.minimum, given)


def _most(*given: Any) -> Any:
    return _one_of(max, tl.maximum, given)


def _one_of(plain: Callable[..., Any], compiled: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    """The compiler's where an operand is known at run time only: also a constant that is chosen is none any more."""
    if any(isinstance(value, tl.core.tensor) for value in given):
        return functools.reduce(compiled, map(_as_tensor, given))
    chosen = plain(*given)
    numbers = [value for value in given if isinstance(value, LoopNumber)]
    return type(numbers[0])(chosen) if numbers and isinstance(chosen, int) else chosen


def _as_tensor(value: Any) -> Any:
    if not isinstance(value, LoopNumber):
        return value
    dtype, tl_dtype = (np.int64, tl.int64) if value.bits == 64 else (np.int32, tl.int32)
    return tl.core.tensor(interpreter.TensorHandle(np.array([value], dtype=dtype), tl_dtype), tl_dtype)


def _made(kind: type[LoopNumber], value: int) -> LoopNumber:
    half = 1 << (kind.bits - 1)
    return kind((value + half) % (2 * half) - half)


def _quotient(a: int, b: int) -> int:
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _shifted(a: int, b: int, bits: int) -> int:
    """By more than the width nothing is defined: the hardware shifts all bits out."""
    return a << b if 0 <= b < bits else 0


_OPERATORS: dict[str, Callable[[int, int, int], int]] = {
    "add": lambda a, b, _: a + b,
    "sub": lambda a, b, _: a - b,
    "mul": lambda a, b, _: a * b,
    "floordiv": lambda a, b, _: _quotient(a, b),
    "mod": lambda a, b, _: a - b * _quotient(a, b),
    "lshift": _shifted,
    "rshift": lambda a, b, bits: a >> min(b, bits - 1) if b >= 0 else 0,
    "and": lambda a, b, _: a & b,
    "or": lambda a, b, _: a | b,
    "xor": lambda a, b, _: a ^ b,
}


def _define(name: str, compute: Callable[[int, int, int], int]) -> None:
    def kind_of(a: LoopNumber, b: int) -> type[LoopNumber]:
        is_wide = type(a) is WideLoopNumber or type(b) is WideLoopNumber or abs(b) > _LARGEST + 1
        return WideLoopNumber if is_wide else LoopNumber

    def forwards(self: LoopNumber, other: Any) -> Any:
        if isinstance(other, float):
            return getattr(_as_tensor(self), f"__{name}__")(other)  # in float32
        if not isinstance(other, int):
            return NotImplemented
        kind = kind_of(self, other)
        return _made(kind, compute(int(self), int(other), kind.bits))

    def backwards(self: LoopNumber, other: Any) -> Any:
        if isinstance(other, float):
            return getattr(_as_tensor(self), f"__r{name}__")(other)
        if not isinstance(other, int):
            return NotImplemented
        kind = kind_of(self, other)
        return _made(kind, compute(int(other), int(self), kind.bits))

    setattr(LoopNumber, f"__{name}__", forwards)
    setattr(LoopNumber, f"__r{name}__", backwards)


for _name, _compute in _OPERATORS.items():
    _define(_name, _compute)
for _name, _of_one in {"neg": operator.neg, "invert": operator.invert, "pos": operator.pos, "abs": abs}.items():
    setattr(LoopNumber, f"__{_name}__", lambda self, _of_one=_of_one: _made(type(self), _of_one(int(self))))
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "truediv", "rtruediv"):

    def _by_tensor(self: LoopNumber, other: Any, _name: str = _name) -> Any:
        return getattr(_as_tensor(self), f"__{_name}__")(other)

    setattr(LoopNumber, f"__{_name}__", _by_tensor)
LoopNumber.__hash__ = int.__hash__  # type: ignore[method-assign]
