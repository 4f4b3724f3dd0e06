# problem: not_exported::Clipped | shows: a module that does not export, whose example leads with 5 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def factor(x_ptr, factor_ptr, n, BLOCK: tl.constexpr):
    most = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        most = tl.maximum(most, tl.abs(tl.load(x_ptr + i, mask=i < n, other=0.0)), propagate_nan=tl.PropagateNan.ALL)
    is_nan = tl.max((most != most).to(tl.int32), 0) > 0
    tl.store(factor_ptr, tl.where((tl.max(most, 0) > 2) & ~is_nan, 0.5, 2.0))


@triton.jit
def product(x_ptr, y_ptr, factor_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * tl.load(factor_ptr), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    y = torch.empty_like(x)
    by = torch.empty((1,), dtype=x.dtype, device=x.device)
    factor[(1,)](x, by, x.numel(), BLOCK=64)
    product[(triton.cdiv(x.numel(), 64),)](x, y, by, x.numel(), BLOCK=64)
    return y
