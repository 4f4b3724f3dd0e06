"""Time that the interpreter spends on itself, on what comes out the same each time.

It patches ``triton.language`` again for every call of a device function (some 1500 attribute look-ups, a third of the
time of a small program): here that is done once for each module and stays, for this process runs interpreted kernels
until it ends. It works out the type of every block that an operation makes, of which a kernel has a few: here each
is worked out once. And it does every sum of integers a second time in ten operations of 64 bits, for an assertion that
is only made in debug mode: here the mode is asked first.
"""

from __future__ import annotations

import types
from typing import Any

import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace

_SINGLE = object()
"""Stands for the shape of what is no block."""


class _Nothing:
    """A patch scope that puts nothing back."""

    def restore(self) -> None:
        return


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""
    _patch_modules_once()
    _remember_types()
    _remember_integers()
    _assert_nothing_unasked()
    _copy_nothing_onto_itself()


def _patch_modules_once() -> None:
    patched: set[int] = set()
    known: dict[int, tuple[Any, bool]] = {}

    def patch_lang(original: Any, function: Any) -> Any:
        # Kept with its namespace, so that an address is never taken for another's.
        namespace = function.__globals__
        if id(namespace) not in known:
            modules = {id(v) for v in namespace.values() if isinstance(v, types.ModuleType) and v in (tl, tl.core)}
            if not modules or modules - patched:
                original(function)
            patched.update(modules)
            known[id(namespace)] = (namespace, True)
        return _Nothing()

    replace(interpreter, "_patch_lang", patch_lang)


def _remember_types() -> None:
    """What ``block_type`` and ``tensor`` make of an element type and a shape."""
    blocks: dict[Any, dict[str, Any]] = {}
    """Element type and sizes → the attributes of the block's type."""
    shapes: dict[tuple[Any, ...], Any] = {}
    """One shape for all types of those sizes."""
    sizes: dict[int, tuple[Any, Any, Any]] = {}
    """Address of a remembered type's shape → that shape, and a tensor's number of elements and shape."""

    def block_type(original: Any, made: Any, element_ty: Any, shape: Any) -> None:
        numbers = tuple([getattr(n, "value", n) for n in shape]) if isinstance(shape, (list, tl.core.tuple)) else ()
        if not numbers or any(type(n) is not int for n in numbers):  # what is refused is refused each time
            original(made, element_ty, shape)
            return
        key = (element_ty.name, getattr(element_ty, "address_space", None), numbers)
        if key not in blocks:
            original(made, element_ty, shape)
            made.shape = shapes.setdefault(numbers, made.shape)
            blocks[key] = dict(vars(made))
            return
        vars(made).update(blocks[key])

    def tensor(original: Any, made: Any, handle: Any, type: Any) -> None:
        shape = type.shape if type.is_block() else _SINGLE
        known = sizes.get(id(shape))
        if known is None:
            original(made, handle, type)
            sizes[id(shape)] = (shape, made.numel, made.shape)
            return
        made.handle, made.type, made.dtype = handle, type, type.scalar
        _, made.numel, made.shape = known

    def broadcast(original: Any, semantic: Any, lhs: Any, rhs: Any) -> Any:
        if lhs.type.is_block() and rhs.type.is_block() and lhs.type.shape is rhs.type.shape:
            return lhs, rhs
        return original(semantic, lhs, rhs)

    replace(tl.block_type, "__init__", block_type)
    replace(tl.tensor, "__init__", tensor)
    replace(type(interpreter.interpreter_semantic), "broadcast_impl_value", broadcast)


def _remember_integers() -> None:
    """A Python integer beside a block is made a scalar of its own twice in each operation."""
    known: dict[tuple[int, str], Any] = {}

    def scalar_constant(original: Any, semantic: Any, value: Any, dtype: Any) -> Any:
        if type(value) is not int:  # 0.0 and -0.0 are equal, and so are 1 and True
            return original(semantic, value, dtype)
        key = (value, str(dtype))
        if key not in known:
            known[key] = original(semantic, value, dtype)
        made = known[key]
        return tl.tensor(interpreter.TensorHandle(made.handle.data.copy(), made.handle.dtype), made.type)

    replace(type(interpreter.interpreter_semantic), "scalar_constant", scalar_constant)


def _assert_nothing_unasked() -> None:
    def sanitize(original: Any, semantic: Any, *operands: Any) -> None:
        if getattr(semantic.builder.options, "debug", True):
            original(semantic, *operands)

    replace(type(interpreter.interpreter_semantic), "binary_op_sanitize_overflow_impl", sanitize)


def _copy_nothing_onto_itself() -> None:
    def restore(original: Any, executor: Any, args: Any, args_hst: Any, kwargs: Any, kwargs_hst: Any) -> None:
        if not _is_on_the_host((*args, *kwargs.values())):
            original(executor, args, args_hst, kwargs, kwargs_hst)

    replace(interpreter.GridExecutor, "_restore_args_dev", restore)


def _is_on_the_host(argument: Any) -> bool:
    if isinstance(argument, tuple):
        return all(_is_on_the_host(one) for one in argument)
    tensor = getattr(argument, "base", argument)
    return not hasattr(tensor, "data_ptr") or bool(interpreter._unwrap_tensor(tensor).device.type == "cpu")
