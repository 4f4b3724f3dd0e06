"""``desc.atomic_add`` and its kin, by which a tensor descriptor adds a whole block to memory: Triton's interpreter has
none up to 3.7 (``create_descriptor_reduce``).

What lies outside of the descriptor's shape is left out, as by its stores; each element is an atomic operation of its
own, relaxed, that is seen by all programs. Nothing comes back. To be deleted when the interpreter has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from triton._C.libtriton import ir
from triton.language.semantic import TritonSemantic
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace

_HALF = {"MAX": np.maximum, "MIN": np.minimum}
"""Of float16 the copy engine has them, and no other atomic operation does."""


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""
    builder = interpreter.InterpreterBuilder
    if not hasattr(ir, "DESCRIPTOR_REDUCE_KIND") or hasattr(builder, "create_descriptor_reduce"):
        return

    def has_engine(*_: Any) -> bool:
        """No GPU is there to be asked; the compiler says what the one that is meant has."""
        return True

    def atomic(original: Any, builder: Any, op: Any, ptr: Any, val: Any, mask: Any, *how: Any) -> Any:
        combine = _HALF.get(op.name) if ptr.get_element_ty() == interpreter.tl.float16 else None
        if combine is None:
            return original(builder, op, ptr, val, mask, *how)
        return _one_by_one(combine, ptr, val, mask)

    replace(builder, "create_atomic_rmw", atomic)
    builder.create_descriptor_reduce = _reduce
    if hasattr(TritonSemantic, "_has_native_tma"):
        TritonSemantic._has_native_tma = has_engine


def _reduce(builder: Any, kind: Any, descriptor: Any, value: Any, offsets: Any) -> None:
    pointers, mask = descriptor.materialize_pointers(offsets)
    dtype = pointers.get_element_ty()
    if value.dtype.scalar != dtype:
        raise TypeError(f"a descriptor of {dtype} adds no {value.dtype.scalar}: convert the block to {dtype} before")
    builder.create_atomic_rmw(
        _operation(kind.name, dtype),
        pointers,
        value,
        interpreter.TensorHandle(mask, interpreter.tl.int1),
        ir.MEM_SEMANTIC.RELAXED,
        ir.MEM_SYNC_SCOPE.GPU,
    )


def _operation(kind: str, dtype: Any) -> Any:
    if kind == "ADD" and dtype.is_floating():
        return ir.ATOMIC_OP.FADD
    if kind in ("MIN", "MAX") and dtype.is_int_unsigned():
        return getattr(ir.ATOMIC_OP, f"U{kind}")
    return getattr(ir.ATOMIC_OP, kind)


def _one_by_one(combine: Any, ptr: Any, val: Any, mask: Any) -> Any:
    memory, always, dtype = interpreter._interpreter, np.ones(1, dtype=bool), np.dtype(np.float16)
    pointers, values, masks = np.broadcast_arrays(ptr.data, val.data, mask.data)
    before = np.zeros(pointers.shape, dtype)
    for index in np.ndindex(pointers.shape):
        if masks[index]:
            where = np.array([pointers[index]], dtype=np.uint64)
            before[index] = memory.load(where, always, np.zeros(1, dtype), dtype)[0]
            memory.store(where, np.array([combine(before[index], values[index])], dtype), always)
    return interpreter.TensorHandle(before, val.dtype.scalar)
