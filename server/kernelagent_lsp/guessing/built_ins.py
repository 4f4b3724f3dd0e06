"""Python's built-in functions, as far as constructors and ``forward`` use them on sizes and lists."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kernelagent_lsp.guessing.sizes import Dim
from kernelagent_lsp.guessing.values import UNKNOWN, Instance, Named, ShapeOf, Tensor, Value

PLAIN = (int, float, str, bool, type(None), tuple, list)
_LONGEST_RANGE = 64
_TYPES: dict[str, type] = {
    "int": int,
    "float": float,
    "tuple": tuple,
    "list": list,
    "str": str,
    "bool": bool,
    "dict": dict,
}
_NUMBERS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float, "round": round}
_FOLDS: dict[str, Callable[[Any], Any]] = {"min": min, "max": max, "sum": sum, "all": all, "any": any}
_IGNORED = frozenset({"print", "super", "str", "callable", "id", "hash"})


def built_in(name: str, args: list[Value], attribute: Callable[[Value, str], Value]) -> Value:
    """What the built-in function gives; ``NotImplemented``: it is none that is known."""
    first = args[0] if args else UNKNOWN
    if name == "range":
        return _range([each.value if isinstance(each, Dim) else each for each in args])
    if name == "len":
        if isinstance(first, ShapeOf):
            return UNKNOWN if first.tensor.shape.rank is None else first.tensor.shape.rank
        if isinstance(first, Tensor):
            return first.shape.at(0)
        return len(first) if isinstance(first, (list, tuple, dict, str)) else UNKNOWN
    if name in ("tuple", "list") and args:
        if isinstance(first, ShapeOf):
            first = first.tensor.shape.dims
        return (tuple if name == "tuple" else list)(first) if isinstance(first, (list, tuple)) else UNKNOWN
    if name in _NUMBERS and args:
        if isinstance(first, Dim):
            return first
        return _NUMBERS[name](first) if isinstance(first, (int, float)) and math.isfinite(first) else UNKNOWN
    if name in ("zip", "enumerate", "reversed"):
        return _iterated(name, args)
    if name == "abs" or name in _FOLDS:
        return _folded(name, args)
    if name == "isinstance" and len(args) == 2:
        return _is_instance(first, args[1])
    if name in ("getattr", "setattr", "hasattr") and len(args) >= 2 and isinstance(args[1], str):
        if name == "setattr" and isinstance(first, Instance):
            first.attributes[args[1]] = args[2] if len(args) > 2 else UNKNOWN
        return attribute(first, args[1]) if name == "getattr" else UNKNOWN
    return UNKNOWN if name in _IGNORED else NotImplemented


def _range(ends: list[Value]) -> Value:
    known = [end for end in ends if isinstance(end, int)]
    if len(known) != len(ends) or not 1 <= len(ends) <= 3:
        return [Dim()]  # a number, whichever
    return list(range(*known)[:_LONGEST_RANGE]) if len(known) < 3 or known[2] else UNKNOWN


def _iterated(name: str, args: list[Value]) -> Value:
    given = [list(each) for each in args if isinstance(each, (list, tuple))]
    if len(given) != len(args) or not given:
        return [UNKNOWN]
    if name == "zip":
        return list(zip(*given, strict=False))
    return list(enumerate(given[0])) if name == "enumerate" else given[0][::-1]


def _folded(name: str, args: list[Value]) -> Value:
    items = list(args[0]) if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
    if not items or not all(isinstance(each, (int, float)) for each in items):
        return UNKNOWN
    return abs(items[0]) if name == "abs" else _FOLDS[name](items)


def _is_instance(value: Value, of: Value) -> Value:
    names = [each.last for each in (of if isinstance(of, tuple) else (of,)) if isinstance(each, Named)]
    if isinstance(value, Tensor) and names:
        return "Tensor" in names
    wanted = tuple(_TYPES[name] for name in names if name in _TYPES)
    known = wanted and len(wanted) == len(names) and isinstance(value, (*PLAIN, dict))
    return isinstance(value, wanted) if known else UNKNOWN
