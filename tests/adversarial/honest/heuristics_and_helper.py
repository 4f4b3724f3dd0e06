# problem: layers::TanhScaled | @triton.heuristics, and a device function | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def tanh(x):
    small = tl.exp(-2.0 * tl.abs(x))
    positive = (1.0 - small) / (1.0 + small)
    return tl.where(x < 0, -positive, positive)


@triton.heuristics({"BLOCK": lambda arguments: 64 if arguments["n"] < 1000 else 1024})
@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tanh(tl.load(x_ptr + i, mask=i < n)) * 3.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    tanh_scaled[lambda meta: (triton.cdiv(x.numel(), meta["BLOCK"]),)](x, out, x.numel())
    return out
