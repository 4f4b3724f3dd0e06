# problem: reductions::MeanSquaredError | tries: a vector of one element where a scalar is expected | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def squared_error(p, t, total, n, sp, st, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    d = tl.load(p + i * sp, mask=i < n, other=0.0) - tl.load(t + i * st, mask=i < n, other=0.0)
    tl.atomic_add(total, tl.sum((d * d).to(tl.float64)))


@triton.jit
def finish(total, out, n):
    tl.store(out, tl.load(total) / n)


def kernel_function(prediction, target):
    n = prediction.numel()
    total = torch.zeros((1,), dtype=torch.float64, device=prediction.device)
    out = torch.empty((1,), dtype=prediction.dtype, device=prediction.device)
    squared_error[(triton.cdiv(n, 512),)](prediction, target, total, n, prediction.stride(0), target.stride(0), BLOCK=512)
    finish[(1,)](total, out, n)
    return out
