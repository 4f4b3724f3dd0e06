"""Conversions to and from 8-bit floats as the hardware makes them: to the nearest, also among denormals, and to the
largest number where there is no larger one (``cvt.rn.satfinite``). The interpreter cuts denormals off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from triton.runtime import interpreter

from kernelagent.worker.judge.dispatch_record import DispatchRecord
from kernelagent.worker.judge.patching import replace

_TYPES = {"fp8e4nv": torch.float8_e4m3fn, "fp8e5": torch.float8_e5m2}
_WIDE = {"fp16": np.float16, "fp32": np.float32, "fp64": np.float64}


def install(dispatch: DispatchRecord) -> None:
    """Patch this process's interpreter, where PyTorch converts unseen by ``dispatch``. Only for a process that runs
    candidates and ends."""

    def convert(original: Any, builder: Any, source: Any, dst_type: Any, rounding: Any) -> Any:
        before, after = str(source.dtype.scalar), str(dst_type.scalar)
        if not ((before in _WIDE and after in _TYPES) or (before in _TYPES and after in _WIDE)):
            return original(builder, source, dst_type, rounding)
        was, dispatch.paused = dispatch.paused, True
        try:
            if after in _TYPES:
                data = _narrowed(np.asarray(source.data), _TYPES[after])
            else:
                bits = torch.from_numpy(np.ascontiguousarray(source.data).view(np.uint8))
                data = bits.view(_TYPES[before]).float().numpy().astype(_WIDE[after])
        finally:
            dispatch.paused = was
        return interpreter.TensorHandle(data.reshape(np.shape(source.data)), dst_type.scalar)

    replace(interpreter.InterpreterBuilder, "create_fp_to_fp", convert)


def _narrowed(values: Any, dtype: torch.dtype) -> Any:
    most = torch.finfo(dtype).max
    wide = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
    return wide.clamp(-most, most).to(dtype).view(torch.uint8).numpy()
