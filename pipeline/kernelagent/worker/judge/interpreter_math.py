"""Functions that Triton's interpreter lacks (``libdevice``) or runs one element at a time (``erf``), by torch on a CPU.

Honest kernels use ``libdevice.tanh`` and its kin; the interpreter raises on them. Only for a process that runs
candidates and ends.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.dispatch_record import DispatchRecord
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
    **{name: getattr(torch, name) for name in ("atan2", "hypot", "fmod", "copysign", "lgamma", "ldexp", "nextafter")},
    "abs": torch.abs,
    "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1.0 / 3.0),
    "erfcx": torch.special.erfcx,
    "j0": torch.special.bessel_j0,
    "j1": torch.special.bessel_j1,
    "y0": torch.special.bessel_y0,
    "y1": torch.special.bessel_y1,
    "tgamma": lambda x: torch.exp(torch.lgamma(x)) * (1 - 2 * ((x < 0) & (torch.floor(x) % 2 != 0))),
    "normcdf": torch.special.ndtr,
    "normcdfinv": torch.special.ndtri,
    "cyl_bessel_i0": torch.special.i0,
    "cyl_bessel_i1": torch.special.i1,
    "exp10": lambda x: torch.pow(torch.full_like(x, 10.0), x),
    "pow": torch.pow,
    "rint": torch.round,
    "nearbyint": torch.round,
    "round": lambda x: torch.trunc(x + torch.copysign(torch.full_like(x, 0.5), x)),
    "fma": lambda x, y, z: x.double() * y.double() + z.double(),
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
    for module in _libdevice_modules():
        for name in (*_FLOATING, *_BOOLEAN):
            if hasattr(module, name):
                setattr(module, name, _device_function(name, quietly))


def _libdevice_modules() -> list[Any]:
    from triton.language.extra import libdevice

    names = ("triton.language.extra.cuda.libdevice", "triton.language.extra.hip.libdevice")
    return [libdevice, *(sys.modules[name] for name in names if name in sys.modules)]


def _device_function(name: str, quietly: Callable[..., torch.Tensor]) -> Callable[..., Any]:
    """The function on interpreted blocks: operands of one floating type in, the same type (or int32) out."""

    def call(*operands: Any, _semantic: Any = None) -> Any:
        blocks = [interpreter.interpreter_semantic.to_tensor(operand) for operand in operands]
        dtype = next((b.dtype for b in blocks if b.type.is_block()), blocks[0].dtype)
        if dtype not in (tl.float32, tl.float64) and not (name in ("abs", "max", "min") and dtype.is_int()):
            raise TypeError(f"libdevice.{name} takes float32 or float64, not {dtype}")
        np_dtype = interpreter._get_np_dtype(dtype)
        data = [block.handle.data.astype(np_dtype) for block in blocks]
        if name in _BOOLEAN:
            result, dtype = quietly(_BOOLEAN[name], *data).numpy().astype(np.int32), tl.int32
        else:
            result = quietly(_FLOATING[name], *data).numpy().astype(np_dtype)
        shape = next((list(b.shape) for b in blocks if b.type.is_block()), None)
        if shape is not None:
            shape = list(result.shape)
        return tl.tensor(interpreter.TensorHandle(result, dtype), tl.block_type(dtype, shape) if shape else dtype)

    call.__name__ = name
    return call
