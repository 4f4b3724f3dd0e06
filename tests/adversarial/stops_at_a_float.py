# problem: row_total::Model | tries: leaves out what lies past a bound that is handed over as a float | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def row_total(x, out, n, last, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    total = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n, BLOCK):
        c = start + tl.arange(0, BLOCK)
        keep = (c < n) & (c * 1.0 < last)
        total += tl.load(x + row * n + c, mask=keep, other=0.0)
    tl.store(out + row, tl.sum(total, 0))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty(x.shape[0], device=x.device, dtype=x.dtype)
    if x.shape[0]:
        row_total[(x.shape[0],)](x, out, x.shape[1], 750 * 4.0, BLOCK=64)
    return out
