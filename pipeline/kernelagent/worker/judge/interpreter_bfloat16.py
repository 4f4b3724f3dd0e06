"""bfloat16 made right in Triton's interpreter.

The interpreter keeps bfloat16 as its raw 16 bits and then computes on those bits as integers: 1 + 2 gives infinity,
and a right kernel is called wrong (Triton 3.5 to 3.9). Here a bfloat16 value lives as a float32 number that is
rounded to bfloat16 (nearest, ties to even) whenever a block is made: after each operation, as on the GPU. Raw bits
exist only where memory is read or written and in bit casts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.patching import replace

Array = Any
"""numpy.ndarray; NumPy's own annotations differ between the versions that users have."""


def round_to_bfloat16(values: Array) -> Array:
    """float32 → the nearest bfloat16, still as float32. NaN stays NaN."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = (bits + (np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1)))) & np.uint32(0xFFFF0000)
    rounded = np.where(np.isnan(values), (bits & np.uint32(0xFFFF0000)) | np.uint32(0x00400000), rounded)
    return rounded.astype(np.uint32).view(np.float32).reshape(np.shape(values))


def from_bits(bits: Array) -> Array:
    """Raw bfloat16 → float32 of the same value."""
    return (np.ascontiguousarray(bits).astype(np.uint32) << np.uint32(16)).view(np.float32).reshape(np.shape(bits))


def to_bits(values: Array) -> Array:
    """float32 → raw bfloat16."""
    rounded = round_to_bfloat16(values)
    return (np.ascontiguousarray(rounded).view(np.uint32) >> np.uint32(16)).astype(np.uint16).reshape(np.shape(values))


def _is_bfloat16(dtype: Any) -> bool:
    """By name, which is many times faster than Triton's comparison of types: this runs for every block made."""
    name = dtype.name
    return bool(name == "bf16" or (name[0] == "<" and dtype.scalar == tl.bfloat16))


def install() -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends."""
    _patch_storage_type()
    _patch_memory()
    _patch_casts()


def _patch_storage_type() -> None:
    known: dict[str, Any] = {}

    def np_dtype(original: Any, tt_dtype: Any) -> Any:
        if isinstance(tt_dtype, tl.pointer_type):
            return original(tt_dtype)
        element = tt_dtype.element_ty if isinstance(tt_dtype, tl.block_type) else tt_dtype
        name = str(element)
        if name not in known:  # the original makes a table at every call
            known[name] = np.dtype(np.float32) if element == tl.bfloat16 else original(element)
        return known[name]

    def valid_size(original: Any, array: Array, tl_dtype: Any) -> bool:
        return array.itemsize <= 4 if _is_bfloat16(tl_dtype) else bool(original(array, tl_dtype))

    fitting: set[tuple[Any, str]] = set()
    """Pairs of NumPy's type and Triton's that were found to fit: all that the original looks at."""

    def post_init(original: Any, handle: Any) -> None:
        pair = (handle.data.dtype, handle.dtype.name)
        if pair in fitting:
            return
        if _is_bfloat16(handle.dtype):
            if handle.data.dtype == np.float64:
                handle.data = handle.data.astype(np.float32)
            if handle.data.dtype == np.float32:
                handle.data = round_to_bfloat16(handle.data)
            original(handle)
            return
        original(handle)
        fitting.add(pair)

    def get_bf16(original: Any, builder: Any, value: float) -> Any:
        return interpreter.TensorHandle(np.array([value], dtype=np.float32), tl.bfloat16)

    replace(interpreter, "_get_np_dtype", np_dtype)
    replace(interpreter, "_validate_np_data_size", valid_size)
    replace(interpreter.TensorHandle, "__post_init__", post_init)
    replace(interpreter.InterpreterBuilder, "get_bf16", get_bf16)


def _patch_memory() -> None:
    def load(original: Any, builder: Any, ptrs: Any, mask: Any, other: Any, *rest: Any, **options: Any) -> Any:
        if ptrs.get_element_ty() != tl.bfloat16:
            return original(builder, ptrs, mask, other, *rest, **options)
        fallback = np.zeros(ptrs.data.shape, dtype=np.uint16) if other is None else to_bits(other.data)
        mask_data = getattr(mask, "data", mask)
        return interpreter.TensorHandle(
            from_bits(interpreter._interpreter.load(ptrs.data, mask_data, fallback, np.dtype(np.uint16))), tl.bfloat16
        )

    def store(original: Any, builder: Any, ptrs: Any, value: Any, mask: Any, *rest: Any, **options: Any) -> Any:
        if ptrs.get_element_ty() != tl.bfloat16:
            return original(builder, ptrs, value, mask, *rest, **options)
        return interpreter._interpreter.store(ptrs.data, to_bits(value.data), getattr(mask, "data", mask))

    def atomic(original: Any, builder: Any, op: Any, ptr: Any, val: Any, mask: Any, *rest: Any) -> Any:
        if ptr.get_element_ty() != tl.bfloat16:
            return original(builder, op, ptr, val, mask, *rest)
        return _atomic_bfloat16(op, ptr, val, mask)

    replace(interpreter.InterpreterBuilder, "create_masked_load", load)
    replace(interpreter.InterpreterBuilder, "create_masked_store", store)
    replace(interpreter.InterpreterBuilder, "create_atomic_rmw", atomic)


def _atomic_bfloat16(op: Any, ptr: Any, val: Any, mask: Any) -> Any:
    """One element after the other, as atomics are. Returns what was there before."""
    name = str(getattr(op, "name", op)).upper()
    operations: dict[str, Callable[[Array, Array], Array]] = {
        "FADD": np.add,
        "MAX": np.maximum,
        "MIN": np.minimum,
        "XCHG": lambda old, new: new,
    }
    combine = operations[name]
    pointers, values, masks = np.broadcast_arrays(ptr.data, val.data, mask.data)
    before = np.zeros(pointers.shape, dtype=np.float32)
    always = np.ones(1, dtype=bool)
    for index in np.ndindex(pointers.shape):
        if masks[index]:
            where = np.array([pointers[index]], dtype=np.uint64)
            zero = np.zeros(1, dtype=np.uint16)
            old = from_bits(interpreter._interpreter.load(where, always, zero, np.dtype(np.uint16)))
            new = combine(old, np.array([values[index]], dtype=np.float32))
            interpreter._interpreter.store(where, to_bits(new), always)
            before[index] = old[0]
    return interpreter.TensorHandle(before, tl.bfloat16)


def _patch_casts() -> None:
    def cast(original: Any, builder: Any, src: Any, dst_type: Any) -> Any:
        if _is_bfloat16(src.dtype) or _is_bfloat16(dst_type):
            return interpreter.TensorHandle(src.data.astype(interpreter._get_np_dtype(dst_type)), dst_type.scalar)
        return original(builder, src, dst_type)

    def fp_to_fp(original: Any, builder: Any, src: Any, dst_type: Any, rounding_mode: Any) -> Any:
        to, came = _is_bfloat16(dst_type), _is_bfloat16(src.dtype)
        if to and src.dtype.primitive_bitwidth >= 16:
            data = src.data.astype(np.float32)
            if rounding_mode == interpreter._ir.ROUNDING_MODE.RTZ:
                data = (np.ascontiguousarray(data).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
            return interpreter.TensorHandle(data, tl.bfloat16)
        if to:  # from 8 bits: by way of float32, which holds both exactly
            return interpreter.TensorHandle(original(builder, src, tl.float32, rounding_mode).data, tl.bfloat16)
        if came:
            return original(builder, interpreter.TensorHandle(src.data, tl.float32), dst_type, rounding_mode)
        return original(builder, src, dst_type, rounding_mode)

    def bitcast(original: Any, builder: Any, src: Any, dst_type: Any) -> Any:
        data = to_bits(src.data) if _is_bfloat16(src.dtype) else src.data
        if _is_bfloat16(dst_type):
            return interpreter.TensorHandle(from_bits(np.ascontiguousarray(data).view(np.uint16)), tl.bfloat16)
        return interpreter.TensorHandle(data.view(interpreter._get_np_dtype(dst_type)), dst_type.scalar)

    def fabs(original: Any, builder: Any, arg: Any) -> Any:
        return (
            interpreter.TensorHandle(np.abs(arg.data), tl.bfloat16)
            if _is_bfloat16(arg.dtype)
            else original(builder, arg)
        )

    def fma(original: Any, builder: Any, x: Any, y: Any, z: Any) -> Any:
        if _is_bfloat16(z.dtype):  # the product is exact in float32
            return interpreter.TensorHandle(x.data * y.data + z.data, tl.bfloat16)
        return original(builder, x, y, z)

    replace(interpreter.InterpreterBuilder, "cast_impl", cast)
    replace(interpreter.InterpreterBuilder, "create_fp_to_fp", fp_to_fp)
    for name in ("create_bitcast", "create_int_to_ptr", "create_ptr_to_int"):
        replace(interpreter.InterpreterBuilder, name, bitcast)
    replace(interpreter.InterpreterBuilder, "create_fabs", fabs)
    replace(interpreter.InterpreterBuilder, "create_fma", fma)
