"""Where interpreted kernels touch memory: every access is handed to :class:`KernelAccesses` first."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from triton._C.libtriton import ir
from triton.language.semantic import TritonSemantic
from triton.runtime import interpreter

from kernelagent.worker.judge.interpreter_hints import Hints
from kernelagent.worker.judge.interpreter_memory import Memory
from kernelagent.worker.judge.kernel_accesses import KernelAccesses
from kernelagent.worker.judge.patching import replace

_ACQUIRES = (ir.MEM_SEMANTIC.ACQUIRE, ir.MEM_SEMANTIC.ACQUIRE_RELEASE)
_RELEASES = (ir.MEM_SEMANTIC.RELEASE, ir.MEM_SEMANTIC.ACQUIRE_RELEASE)
_ADDING = (ir.ATOMIC_OP.ADD, ir.ATOMIC_OP.FADD)
_PASS_BETWEEN_THREADS = (
    "create_barrier",
    "create_dot",
    "create_trans",
    "create_reshape",
    "create_gather",
    "create_histogram",
    "create_cat",
    "create_join",
    "create_split",
)
"""Operations at which threads of a program wait for each other."""

_LOADING = ("create_descriptor_load", "create_descriptor_gather")
_STORING = ("create_descriptor_store", "create_descriptor_scatter", "create_descriptor_reduce")

_LEFT_FLOATS = np.array([0xFF, 0x7B, 0xFB], np.uint8)
"""Each byte of a float in a lane that a mask leaves out: in every floating type NaN, a large number, a negative one."""
_LEFT_INTEGERS = np.array([0x5B, 0xA4], np.uint8)


def watch_interpreter(accesses: KernelAccesses, hints: Hints, memory: Memory) -> None:
    """Send every load, store, atomic operation and barrier through ``accesses``, and number the pointers. Blocks of
    pointers are shown to ``hints`` too, and ``memory`` is told where they lie."""
    handle = interpreter.TensorHandle

    def to_pointer(original: Any, argument: Any) -> Any:
        converted = original(argument)
        base = getattr(argument, "base", argument)
        if isinstance(base, torch.Tensor) and hasattr(argument, "data_ptr"):
            converted.handle.data = np.array([accesses.windows.tag(base)], dtype=np.uint64)
        return converted

    def size_of(pointers: Any) -> int:
        return max(1, int(pointers.get_element_ty().primitive_bitwidth) // 8)

    def checked(pointers: Any, mask: Any, stores: bool, atomic: bool = False) -> tuple[Any, Any]:
        """Handles of plain pointers and of the mask that is left."""
        given = mask if isinstance(mask, np.ndarray) else mask.data
        if not atomic:
            hints.check(pointers.data, given, size_of(pointers))
        plain, inside = accesses.check(pointers.data, given, size_of(pointers), stores=stores, atomic=atomic)
        return handle(plain, pointers.dtype), handle(np.ascontiguousarray(inside), interpreter.tl.int1)

    given = {"other": False}

    def load_of(original: Any, semantic: Any, ptr: Any, mask: Any, other: Any, *rest: Any) -> Any:
        """Triton asks ``if other``: a single lane of 0 gets lost by that in the interpreter, not in the compiler."""
        given["other"] = other is not None
        return original(semantic, ptr, mask, other, *rest)

    def load(original: Any, builder: Any, ptrs: Any, mask: Any, other: Any, *rest: Any, **options: Any) -> Any:
        plain, inside = checked(ptrs, mask, False)
        if other is None and not given["other"] and not inside.data.all():
            other = handle(_undefined(plain), plain.get_element_ty())
        given["other"] = False  # block pointers come here by another way
        with memory.within(accesses.sole):
            return original(builder, plain, inside, other, *rest, **options)

    def store(original: Any, builder: Any, ptrs: Any, value: Any, mask: Any, *rest: Any, **options: Any) -> None:
        plain, inside = checked(ptrs, mask, True)
        accesses.store(memory.storing(accesses.sole, original, builder, plain, value, inside, *rest, **options))

    def atomic(original: Any, builder: Any, op: Any, ptr: Any, val: Any, mask: Any, *how: Any) -> Any:
        with accesses.races.atomic_within_a_program(_is_narrow(*how)):
            plain, inside = checked(ptr, mask, True, atomic=True)
        accesses.races.note_atomic(plain.data[inside.data], *_order(*how))
        accesses.note_atomic(ptr.get_element_ty(), adds=op in _ADDING)
        result = original(builder, op, plain, val, inside, *how)
        if plain.data.size == 1:  # its result is handed to all threads
            accesses.races.note_barrier()
        return result

    def compare_and_swap(original: Any, builder: Any, ptr: Any, cmp: Any, val: Any, *how: Any) -> Any:
        with accesses.races.atomic_within_a_program(_is_narrow(*how)):
            plain, inside = checked(ptr, np.ones_like(ptr.data, dtype=bool), True, atomic=True)
        if not inside.data.all():
            raise IndexError("an atomic_cas lies outside the launch's tensors")
        accesses.races.note_atomic(plain.data, *_order(*how))
        result = original(builder, plain, cmp, val, *how)
        accesses.races.note_barrier()
        return result

    _watch_threads(accesses)
    replace(interpreter, "_implicit_cvt", to_pointer)
    replace(TritonSemantic, "_load_legacy", load_of)
    replace(interpreter.InterpreterBuilder, "create_masked_load", load)
    replace(interpreter.InterpreterBuilder, "create_masked_store", store)
    replace(interpreter.InterpreterBuilder, "create_atomic_rmw", atomic)
    replace(interpreter.InterpreterBuilder, "create_atomic_cas", compare_and_swap)


def _watch_threads(accesses: KernelAccesses) -> None:
    """Tell ``accesses`` where threads wait for each other, and what the copy engine does in their place."""

    def barrier(original: Any, *given: Any, **named: Any) -> Any:
        accesses.races.note_barrier()
        return original(*given, **named)

    def by_descriptor(original: Any, *given: Any, **named: Any) -> Any:
        with accesses.races.by_descriptor():
            return original(*given, **named)

    def loads_by_descriptor(original: Any, *given: Any, **named: Any) -> Any:
        result = by_descriptor(original, *given, **named)
        accesses.races.note_barrier()
        return result

    for name in _LOADING:
        replace(interpreter.InterpreterBuilder, name, loads_by_descriptor)
    for name in _STORING:
        replace(interpreter.InterpreterBuilder, name, by_descriptor)
    for name in _PASS_BETWEEN_THREADS:
        replace(interpreter.InterpreterBuilder, name, barrier)
    replace(interpreter.ReduceScanOpInterface, "apply", barrier)


def _order(sem: Any, scope: Any) -> tuple[bool, bool]:
    """Whether an atomic operation acquires and releases what other programs see: one of scope ``cta`` orders the
    threads of its own program alone."""
    between_programs = not _is_narrow(sem, scope)
    return between_programs and sem in _ACQUIRES, between_programs and sem in _RELEASES


def _is_narrow(sem: Any, scope: Any) -> bool:
    return bool(scope == ir.MEM_SYNC_SCOPE.CTA)


def _undefined(pointers: Any) -> Any:
    """What lanes hold that a mask leaves out where no ``other`` is given: anything, on a GPU. Here NaN (which a sum
    shows), a large number (a maximum) and a large negative one (a minimum) by turns: what depends on it differs."""
    dtype = np.dtype(interpreter._get_np_dtype(pointers.get_element_ty()))
    shape = np.shape(pointers.data)
    if dtype == np.bool_:
        return np.ones(shape, dtype)
    turns = _LEFT_FLOATS if pointers.get_element_ty().is_floating() else _LEFT_INTEGERS
    lanes = np.sum(np.indices(shape[-2:]), axis=0, dtype=np.int64)
    filled = np.repeat(turns[lanes % len(turns)][..., np.newaxis], dtype.itemsize, axis=-1).view(dtype)[..., 0]
    return np.array(np.broadcast_to(filled, shape))
