"""Functions that Triton's interpreter lacks (``libdevice``) or runs one element at a time (``erf``), by torch on a CPU.

Honest kernels use ``libdevice.tanh`` and its kin; in the interpreter they give nothing. What neither PyTorch nor
``libdevice_functions.py`` has (arithmetic with another rounding, Bessel functions of any order) raises and says why.
Only for a process that runs candidates and ends.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import triton.language as tl
from triton.language.extra.cuda import libdevice as cuda_libdevice
from triton.runtime import interpreter

from kernelagent.worker.judge.dispatch_record import DispatchRecord
from kernelagent.worker.judge.libdevice_functions import FUNCTIONS
from kernelagent.worker.judge.patching import replace

Function = Callable[..., torch.Tensor]

_FLOATING: dict[str, Function] = {
    **{
        name: getattr(torch, name) for name in ("tanh", "sinh", "cosh", "tan", "asin", "acos", "atan", "asinh", "acosh")
    },
    **{
        name: getattr(torch, name)
        for name in ("atanh", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt")
    },
    **{
        name: getattr(torch, name)
        for name in ("rsqrt", "sin", "cos", "floor", "ceil", "trunc", "erf", "erfc", "erfinv")
    },
    **{name: getattr(torch, name) for name in ("atan2", "hypot", "copysign", "lgamma", "nextafter")},
    "abs": torch.abs,
    "erfcx": torch.special.erfcx,
    "j0": torch.special.bessel_j0,
    "j1": torch.special.bessel_j1,
    "y0": torch.special.bessel_y0,
    "y1": torch.special.bessel_y1,
    "tgamma": lambda x: torch.exp(torch.lgamma(x.double())) * (1 - 2 * ((x < 0) & (torch.floor(x) % 2 != 0))),
    "normcdf": torch.special.ndtr,
    "normcdfinv": torch.special.ndtri,
    "erfcinv": lambda x: -torch.special.ndtri(x.double() / 2) / math.sqrt(2),
    "cyl_bessel_i0": torch.special.i0,
    "cyl_bessel_i1": torch.special.i1,
    **dict.fromkeys(("fma", "fma_rn"), lambda x, y, z: x.double() * y.double() + z.double()),
    "fdim": lambda x, y: torch.clamp(x - y, min=0),
    "saturatef": lambda x: torch.clamp(x, 0, 1),
    "div_rn": torch.div,
    "fast_dividef": torch.div,
    "rcp_rn": torch.reciprocal,
    "sqrt_rn": torch.sqrt,
    "fast_expf": torch.exp,
    "fast_exp10f": lambda x: torch.pow(torch.full_like(x, 10.0), x),
    "fast_logf": torch.log,
    "fast_log2f": torch.log2,
    "fast_log10f": torch.log10,
    "fast_sinf": torch.sin,
    "fast_cosf": torch.cos,
    "fast_tanf": torch.tan,
    "fast_powf": torch.pow,
    "fast_tanhf": torch.tanh,
    "max": torch.maximum,
    "min": torch.minimum,
    "add_rn": torch.add,
    "sub_rn": torch.sub,
    "mul_rn": torch.mul,
}
_BOOLEAN: dict[str, Function] = {
    "isnan": torch.isnan,
    "isinf": torch.isinf,
    "isfinited": torch.isfinite,
    "finitef": torch.isfinite,
    "signbit": torch.signbit,
}


_DECLARED = dict(vars(cuda_libdevice))
"""Before any of them is replaced."""


def install(dispatch: DispatchRecord) -> None:
    """Give this process's interpreter the functions. What they run in torch is not the candidate's doing."""

    def quietly(function: Function, *operands: Any) -> torch.Tensor:
        before, dispatch.paused = dispatch.paused, True
        try:
            tensors = [torch.from_numpy(np.ascontiguousarray(value)) for value in np.broadcast_arrays(*operands)]
            return function(*tensors)
        finally:
            dispatch.paused = before

    def erf(original: Any, builder: Any, arg: Any) -> Any:
        return interpreter.TensorHandle(quietly(torch.erf, arg.data).numpy(), arg.dtype.scalar)

    replace(interpreter.InterpreterBuilder, "create_erf", erf)
    for module in libdevice_modules():
        for name in _names(module):
            known = name in FUNCTIONS or name in _FLOATING or name in _BOOLEAN
            setattr(module, name, _device_function(name, quietly) if known else _missing(name))


def _names(module: Any) -> list[str]:
    """Its own functions."""
    return [name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]


def libdevice_modules() -> list[Any]:
    from triton.language.extra import libdevice

    names = ("triton.language.extra.cuda.libdevice", "triton.language.extra.hip.libdevice")
    return [libdevice, *(sys.modules[name] for name in names if name in sys.modules)]


def _signatures(name: str) -> dict[tuple[Any, ...], Any]:
    """Types of the operands → type of the result, as Triton declares the function for CUDA."""
    declared = _DECLARED.get(name)
    found: dict[tuple[Any, ...], Any] = {}
    if declared is None:
        return found

    class Result:
        def to(self, dtype: Any, **options: Any) -> Result:
            """Of what CUDA gives as a number Triton makes a condition."""
            found.update(dict.fromkeys(found, dtype))
            return self

    def note(library: str, path: str, operands: Any, table: dict[Any, Any], **options: Any) -> Result:
        found.update({types: result for types, (_, result) in table.items()})
        return Result()

    original, tl.core.extern_elementwise = tl.core.extern_elementwise, note
    try:
        declared(*(None for _ in range(len(inspect.signature(declared).parameters) - 1)), _semantic=object())
    finally:
        tl.core.extern_elementwise = original
    return found


def _device_function(name: str, quietly: Callable[..., torch.Tensor]) -> Callable[..., Any]:
    """The function on interpreted blocks."""
    signatures = _signatures(name)

    def call(*operands: Any, _semantic: Any = None) -> Any:
        blocks = [interpreter.interpreter_semantic.to_tensor(operand) for operand in operands]
        types = tuple(block.dtype for block in blocks)
        if types not in signatures:
            dtype = next((b.dtype for b in blocks if b.type.is_block()), blocks[0].dtype)
            if dtype not in (tl.float32, tl.float64) and not (name in ("abs", "max", "min") and dtype.is_int()):
                raise TypeError(f"libdevice.{name} does not take {', '.join(map(str, types))}")
            types = (dtype,) * len(blocks)
        dtype = signatures.get(types, tl.int32 if name in _BOOLEAN else types[0])
        shape = np.broadcast_shapes(*(tuple(map(int, block.type.shape)) for block in blocks if block.type.is_block()))
        given = [
            _beside(block, shape).astype(interpreter._get_np_dtype(its))
            for block, its in zip(blocks, types, strict=True)
        ]
        to = np.dtype(interpreter._get_np_dtype(dtype))
        if name in FUNCTIONS:
            with np.errstate(all="ignore"):
                result = FUNCTIONS[name](to, *np.broadcast_arrays(*given)).astype(to)
        else:
            result = quietly((_FLOATING | _BOOLEAN)[name], *given).numpy().astype(to)
        is_block = any(block.type.is_block() for block in blocks)
        kind = tl.block_type(dtype, list(shape)) if is_block else dtype
        return tl.tensor(interpreter.TensorHandle(result, dtype), kind)

    call.__name__ = name
    return call


def _beside(block: Any, shape: tuple[int, ...]) -> Any:
    """Its data; scalars of several programs with the axes of the blocks that stand beside them."""
    data = block.handle.data
    return data if block.type.is_block() or data.size == 1 else data.reshape((len(data), *[1] * len(shape)))


def _missing(name: str) -> Callable[..., Any]:
    def call(*operands: Any, **options: Any) -> Any:
        raise NotImplementedError(
            f"Triton's interpreter has no libdevice.{name}: a kernel that calls it can be judged on a GPU alone"
        )

    call.__name__ = name
    return call
