"""Where interpreted kernels touch memory: every access is handed to :class:`GuardedMemory` first."""

from __future__ import annotations

from typing import Any

import numpy as np
from triton.runtime import interpreter

from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.judge.patching import replace
from kernelagent.worker.judge.race_watch import RaceWatch


def watch_interpreter(memory: GuardedMemory) -> None:
    """Send every load, store and atomic through ``memory``; atomics end the judging of races in their launch."""
    races = RaceWatch()
    memory.watch_races(races)
    handle = interpreter.TensorHandle

    def mask_of(mask: Any) -> Any:
        return mask if isinstance(mask, np.ndarray) else mask.data

    def size_of(pointers: Any) -> int:
        return max(1, int(pointers.get_element_ty().primitive_bitwidth) // 8)

    def checked(pointers: Any, mask: Any, stores: bool) -> Any:
        inside = memory.check(pointers.data, mask_of(mask), size_of(pointers), stores)
        return handle(np.ascontiguousarray(inside), interpreter.tl.int1)

    def load(original: Any, builder: Any, ptrs: Any, mask: Any, *rest: Any, **options: Any) -> Any:
        return original(builder, ptrs, checked(ptrs, mask, False), *rest, **options)

    def store(original: Any, builder: Any, ptrs: Any, value: Any, mask: Any, *rest: Any, **options: Any) -> Any:
        result = original(builder, ptrs, value, checked(ptrs, mask, True), *rest, **options)
        memory.after_store()
        return result

    def atomic(original: Any, builder: Any, op: Any, ptr: Any, val: Any, mask: Any, *rest: Any) -> Any:
        races.note_atomic()
        return original(builder, op, ptr, val, checked(ptr, mask, True), *rest)

    def compare_and_swap(original: Any, builder: Any, ptr: Any, *rest: Any) -> Any:
        races.note_atomic()
        if not memory.check(ptr.data, np.ones_like(ptr.data, dtype=bool), size_of(ptr), True).all():
            raise IndexError("an atomic_cas lies outside the launch's tensors")
        return original(builder, ptr, *rest)

    replace(interpreter.InterpreterBuilder, "create_masked_load", load)
    replace(interpreter.InterpreterBuilder, "create_masked_store", store)
    replace(interpreter.InterpreterBuilder, "create_atomic_rmw", atomic)
    replace(interpreter.InterpreterBuilder, "create_atomic_cas", compare_and_swap)
