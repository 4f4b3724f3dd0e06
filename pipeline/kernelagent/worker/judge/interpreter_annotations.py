"""An argument whose parameter names a type (``n: tl.int8``) is of that type, whatever number it is.

Triton's compiler takes the annotation for the kernel's signature, and its launcher casts what it is handed as C does:
300 becomes 44 in 8 bits. The interpreter ignores it and takes the type that the number itself asks for.
"""

from __future__ import annotations

import inspect
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from triton.runtime import interpreter
from triton.runtime.jit import KernelParam

from kernelagent.worker.judge.patching import replace


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def construct(original: Any, executor: Any, function: Any, names: Any, *rest: Any) -> None:
        original(executor, function, names, *rest)
        executor.declared = declared_types(function)

    def call(original: Any, executor: Any, *args: Any, **named: Any) -> Any:
        declared = executor.declared
        given = [_marked(arg, declared.get(name, "")) for name, arg in zip(executor.arg_names, args, strict=False)]
        marked = {name: _marked(arg, declared.get(name, "")) for name, arg in named.items()}
        return original(executor, *given, *args[len(given) :], **marked)

    def convert(original: Any, argument: Any) -> Any:
        if not isinstance(argument, (_Whole, _Real)):
            return original(argument)
        kind = interpreter.tl.str_to_ty(argument.declared, None)
        return interpreter.tl.tensor(interpreter.TensorHandle(cast_to(argument, argument.declared), kind), kind)

    replace(interpreter.GridExecutor, "__init__", construct)
    replace(interpreter.GridExecutor, "__call__", call)
    replace(interpreter, "_implicit_cvt", convert)


def declared_types(function: Any) -> dict[str, str]:
    """Parameters that name a type of numbers, in Triton's short names (``i8``, ``fp16``)."""
    parameters = inspect.signature(function).parameters.values()
    made = [KernelParam(number, parameter, False, False) for number, parameter in enumerate(parameters)]
    return {param.name: param.annotation_type for param in made if param.annotation_type in _CASTS}


def cast_to(number: float, declared: str) -> Any:
    """An array of one element, as the interpreter keeps it. Raises what Triton's launcher raises."""
    return np.array([_CASTS[declared](number)])


class _Whole(int):
    """To hooks, which see it before the kernel does, it is the number that it was."""

    declared = ""


class _Real(float):
    declared = ""


def _marked(argument: Any, declared: str) -> Any:
    if not declared or not isinstance(argument, (int, float)):
        return argument
    marked = _Whole(argument) if isinstance(argument, int) else _Real(argument)
    marked.declared = declared
    return marked


def _whole(bits: int, kind: type[np.generic]) -> Callable[[float], Any]:
    def cast(number: float) -> Any:
        if isinstance(number, float):
            raise TypeError("'float' object cannot be interpreted as an integer")
        if number < 0 and np.dtype(kind).kind == "u":
            raise OverflowError("can't convert negative value to unsigned int")
        if not -(2**63) <= number < 2 ** (64 if np.dtype(kind).kind == "u" else 63):
            raise OverflowError("Python int too large to convert to C long")
        kept = int(number) & ((1 << bits) - 1)
        return np.array(kept, dtype=f"u{np.dtype(kind).itemsize}").view(kind)[()]

    return cast


def _half(number: float) -> Any:
    return np.frombuffer(struct.pack("<e", number), dtype=np.float16)[0]


def _single(number: float) -> Any:
    with np.errstate(over="ignore"):
        return np.float32(number)


def _cut(number: float) -> Any:
    """To bfloat16, which is kept in float32: the launcher drops the lower half of the bits."""
    return (_single(number).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


_CASTS: dict[str, Callable[[float], Any]] = {
    "u1": lambda number: np.bool_(int(number) & 1),
    **{f"i{bits}": _whole(bits, getattr(np, f"int{bits}")) for bits in (8, 16, 32, 64)},
    **{f"u{bits}": _whole(bits, getattr(np, f"uint{bits}")) for bits in (8, 16, 32, 64)},
    "fp16": _half,
    "bf16": _cut,
    "fp32": _single,
    "fp64": np.float64,
}
