"""Operations of the interpreter's builder while several programs run together (``interpreter_together.py``).

Those that go element by element are what they were. Those that know axes are told of the one in front; those that do
not are made for each program by itself; and atomic operations, descriptors, block pointers and what prints are left to
programs that run one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.launch_together import Apart, Together

if TYPE_CHECKING:
    from kernelagent.worker.judge.interpreter_together import Switch

_ELEMENTWISE = frozenset(
    f"create_{name}"
    for name in (
        *("add", "sub", "mul", "sdiv", "udiv", "idiv", "srem", "urem", "shl", "lshr", "ashr", "and", "or", "xor"),
        *("fadd", "fsub", "fmul", "fdiv", "frem", "precise_divf", "umulhi", "fma", "select", "clampf", "addptr"),
        *("minsi", "minui", "minimumf", "minnumf", "maxsi", "maxui", "maximumf", "maxnumf"),
        *("fabs", "iabs", "floor", "ceil", "exp", "exp2", "log", "log2", "sin", "cos", "sqrt", "precise_sqrt"),
        *("rsqrt", "erf", "si_to_fp", "ui_to_fp", "fp_to_si", "fp_to_ui", "fp_ext", "fp_trunc", "int_cast"),
        *("fp_to_fp", "bitcast"),
        *(f"icmp{name}" for name in ("SLE", "SLT", "SGE", "SGT", "ULE", "ULT", "UGE", "UGT", "EQ", "NE")),
        *(f"fcmp{kind}{name}" for kind in "OU" for name in ("LT", "GT", "LE", "GE", "EQ", "NE")),
    )
)
_AS_THEY_ARE = frozenset(
    f"create_{name}" for name in ("load", "store", "dot", "assume", "barrier", "split", "get_num_programs")
)
"""Made of others, or able to take axes in front."""


def handle(data: Any, dtype: Any) -> Any:
    return interpreter.TensorHandle(data, dtype)


def level(*handles: Any) -> list[Any]:
    """With axes in front of one length."""
    length = max(len(h.data) for h in handles)
    return [h if len(h.data) == length else handle(_spread(h.data, length), h.dtype) for h in handles]


def _spread(data: Any, length: int) -> Any:
    return np.broadcast_to(data, (length, *data.shape[1:]))


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(int(getattr(n, "value", n)) for n in shape)


def operations(switch: Switch) -> dict[str, Callable[..., Any]]:
    """Name of the builder's operation → what it is while programs run together."""
    builder = interpreter.interpreter_builder
    kind = interpreter.InterpreterBuilder

    def plain(name: str) -> Any:
        return getattr(kind, name).__get__(builder)

    def now() -> Together:
        assert switch.now is not None
        return switch.now

    def widened(shape: tuple[int, ...]) -> tuple[int, ...]:
        now().widest = max(now().widest, math.prod(shape))
        return shape

    def program_id(axis: int) -> Any:
        return handle(now().ids(axis), tl.int32)

    def make_range(ret_ty: Any, start: int, stop: int) -> Any:
        made = plain("create_make_range")(ret_ty, start, stop)
        widened(made.data.shape)
        return handle(made.data[None], made.dtype)

    def splat(ret_ty: Any, arg: Any) -> Any:
        shape = widened(_sizes(getattr(ret_ty, "shape", ret_ty)))
        dtype = tl.int1 if arg.data.dtype == bool else arg.dtype.scalar
        data = arg.data.astype(interpreter._get_np_dtype(dtype), copy=False)
        length = len(data)
        return handle(np.broadcast_to(data.reshape((length, *[1] * len(shape))), (length, *shape)), dtype)

    def unsplat(arg: Any) -> Any:
        return handle(arg.data.reshape(len(arg.data)), arg.dtype.scalar)

    def expand_dims(arg: Any, axis: int) -> Any:
        return handle(np.expand_dims(arg.data, axis + 1), arg.dtype.scalar)

    def broadcast(arg: Any, shape: Any) -> Any:
        return handle(np.broadcast_to(arg.data, (len(arg.data), *widened(_sizes(shape)))), arg.dtype.scalar)

    def trans(arg: Any, perm: Any) -> Any:
        return plain("create_trans")(arg, [0, *(int(p) + 1 for p in perm)])

    def reshape(arg: Any, shape: Any, may_reorder: bool) -> Any:
        if may_reorder:
            return apart("create_reshape")()
        return plain("create_reshape")(arg, (len(arg.data), *_sizes(shape)), may_reorder)

    def join(lhs: Any, rhs: Any) -> Any:
        return plain("create_join")(*level(lhs, rhs))

    def gather(source: Any, indices: Any, axis: int) -> Any:
        return plain("create_gather")(*level(source, indices), axis + 1)

    def load(ptrs: Any, mask: Any, other: Any, *rest: Any, **options: Any) -> Any:
        if other is None:
            ptrs, mask = level(ptrs, mask)
        else:
            ptrs, mask, other = level(ptrs, mask, other)
        return plain("create_masked_load")(ptrs, mask, other, *rest, **options)

    def store(ptrs: Any, value: Any, mask: Any, *rest: Any, **options: Any) -> Any:
        ptrs, value, mask = level(ptrs, value, mask)
        return plain("create_masked_store")(ptrs, value, mask, *rest, **options)

    def apart(name: str) -> Callable[..., Any]:
        def refuse(*given: Any, **named: Any) -> Any:
            raise Apart(f"{name} of several programs")

        return refuse

    def each(name: str) -> Callable[..., Any]:
        """Of each program by itself."""

        def run(*given: Any) -> Any:
            handles = [g for g in given if isinstance(g, interpreter.TensorHandle)]
            length = max(len(h.data) for h in handles)
            found = []
            with switch.off():
                for program in range(length):
                    own = [of_one(g, program) if isinstance(g, interpreter.TensorHandle) else g for g in given]
                    found.append(plain(name)(*own))
            return handle(np.stack([f.data for f in found]), found[0].dtype)

        return run

    own: dict[str, Callable[..., Any]] = {
        "create_get_program_id": program_id,
        "create_make_range": make_range,
        "create_splat": splat,
        "create_unsplat": unsplat,
        "create_expand_dims": expand_dims,
        "create_broadcast": broadcast,
        "create_trans": trans,
        "create_reshape": reshape,
        "create_join": join,
        "create_gather": gather,
        "create_cat": each("create_cat"),
        "create_histogram": each("create_histogram"),
        "create_masked_load": load,
        "create_masked_store": store,
    }
    known = _ELEMENTWISE | _AS_THEY_ARE | own.keys()
    others = {name for name in dir(kind) if name.startswith(("create_", "new_")) and name not in known}
    return own | {name: apart(name) for name in others}


def of_one(block: Any, program: int) -> Any:
    data = block.data[program if len(block.data) > 1 else 0]
    return handle(np.ascontiguousarray(data), block.dtype)
