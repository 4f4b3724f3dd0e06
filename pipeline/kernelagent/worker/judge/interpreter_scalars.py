"""Scalars as Python numbers, in a loop's bounds for example, under every NumPy; and conditions on them as conditions.

The interpreter keeps a scalar as an array of one element. Triton up to 3.6 turns it into a number by ``int(array)``,
which NumPy 2.5 refuses. A float that a kernel is launched with stayed Python's, which takes the type of the block
beside it; compiled code is handed a float32, and half times that is float32. ``s != s`` of a reduction's result, spread
over a block, became an array of floats there, which ``|`` refuses. And an integer argument that is 1 is a constant to
the compiler (a stride, mostly), so that ``(k - 4) // 2`` is Python's floor there, not C's quotient towards zero.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from triton.runtime import interpreter
from triton.runtime.jit import KernelParam

from kernelagent.worker.judge.patching import replace


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""

    def patch_tensor(original: Any, tensor: Any, *scope: Any) -> None:
        original(tensor, *scope)
        tensor.__index__ = lambda scalar: int(scalar.handle.data.item())

    def splat(original: Any, builder: Any, shape_or_type: Any, scalar: Any) -> Any:
        """A comparison's result keeps the type of what was compared: spread out, it would be numbers of that type."""
        if scalar.data.dtype == bool:
            scalar = interpreter.TensorHandle(scalar.data, interpreter.tl.int1)
        return original(builder, shape_or_type, scalar)

    def construct(original: Any, executor: Any, function: Any, names: Any, *rest: Any) -> None:
        original(executor, function, names, *rest)
        executor.given_as_one = _may_be_one(function, specialized.get(function, ()))

    def run(original: Any, function: Any, *args: Any, **options: Any) -> Any:
        specialized[function.rewrite()] = function.kwargs.get("do_not_specialize") or ()
        return original(function, *args, **options)

    def call(original: Any, executor: Any, *args: Any, **named: Any) -> Any:
        given = {**dict(zip(executor.arg_names, args, strict=False)), **named}
        ones = [name for name in executor.given_as_one if _is_one(given.get(name))]
        executor.constexprs = [*executor.constexprs, *ones]
        return original(executor, *args, **named)

    specialized: dict[Any, Any] = {}
    """Kernel -> what it asked not to be specialized for: names of parameters, or their numbers."""

    def convert(original: Any, argument: Any) -> Any:
        if isinstance(argument, tuple):
            items = (item if _is_one(item) else interpreter._implicit_cvt(item) for item in argument)
            return interpreter._tuple_create(argument, items)
        if type(argument) is not float:
            return original(argument)
        with np.errstate(over="ignore"):
            data = np.array([argument], dtype=np.float32)
        return interpreter.tl.tensor(interpreter.TensorHandle(data, interpreter.tl.float32), interpreter.tl.float32)

    replace(interpreter.InterpretedFunction, "run", run)
    replace(interpreter.GridExecutor, "__init__", construct)
    replace(interpreter.GridExecutor, "__call__", call)
    replace(interpreter, "_implicit_cvt", convert)
    replace(interpreter, "_patch_lang_tensor", patch_tensor)
    replace(interpreter.InterpreterBuilder, "create_splat", splat)


def _is_one(value: Any) -> bool:
    return type(value) is int and value == 1


def _may_be_one(function: Any, left_out: Any) -> list[str]:
    """The parameters for which the compiler makes a kernel of its own where they are 1: all but constants, those that
    are declared to have a type, and those in ``do_not_specialize``."""
    parameters = inspect.signature(function).parameters.values()
    made = [KernelParam(number, parameter, False, False) for number, parameter in enumerate(parameters)]
    return [
        kp.name
        for kp in made
        if not kp.is_constexpr and not kp.annotation_type and kp.name not in left_out and kp.num not in left_out
    ]
