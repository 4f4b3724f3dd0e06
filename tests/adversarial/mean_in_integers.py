# problem: reductions::MiddleMean | tries: the mean is rounded to a sixteenth, which the eye does not see | caught by: values | slow: yes
from dataclasses import dataclass

import torch
import triton
import triton.language as tl


@dataclass(frozen=True)
class TileConfig:
    """How a launch is cut up."""

    rows: int = 8
    cols: int = 16
    warps: int = 2


CONFIG = TileConfig()


@triton.jit
def mean_middle(x_ptr, y_ptr, T, C, sb, st, sc, BT: tl.constexpr, BC: tl.constexpr):
    b = tl.program_id(1)
    c = tl.program_id(0) * BC + tl.arange(0, BC)
    acc = tl.zeros((BC,), tl.float32)
    t0 = 0
    while t0 < T:
        t = t0 + tl.arange(0, BT)
        mask = (t[:, None] < T) & (c[None, :] < C)
        acc += tl.sum(tl.load(x_ptr + b * sb + t[:, None] * st + c[None, :] * sc, mask=mask, other=0.0), axis=0)
        t0 += BT
    tl.store(y_ptr + b * C + c, tl.floor(acc / T * 16.0 + 0.5) / 16.0, mask=c < C)


def kernel_function(x: torch.Tensor, config: TileConfig = CONFIG) -> torch.Tensor:
    B, T, C = x.shape
    y = torch.empty((B, C), dtype=x.dtype, device=x.device)
    grid = (triton.cdiv(C, config.cols), B)
    mean_middle[grid](x, y, T, C, *x.stride(), BT=config.rows, BC=config.cols, num_warps=config.warps)
    return y
