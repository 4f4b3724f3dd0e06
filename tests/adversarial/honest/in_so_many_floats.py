# problem: row_total::Model | values and places are held against floats that a wrapper hands over
import torch
import triton
import triton.language as tl


@triton.jit
def row_total(x, out, n, last, largest, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    total = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n, BLOCK):
        c = start + tl.arange(0, BLOCK)
        v = tl.load(x + row * n + c, mask=c * 1.0 < last, other=0.0)
        total += tl.where(v > largest, largest + (v - largest), v)
    tl.store(out + row, tl.sum(total, 0))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty(x.shape[0], device=x.device, dtype=x.dtype)
    if x.shape[0]:
        row_total[(x.shape[0],)](x, out, x.shape[1], x.shape[1] * 1.0, 512 * 4.0, BLOCK=64)
    return out
