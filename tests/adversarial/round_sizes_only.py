# problem: pointwise::Turned | tries: right where rows and columns are even, as in the example | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def pairs(x, y, rows, cols, s0, s1, BLOCK: tl.constexpr):
    column = 2 * tl.program_id(0)
    r = tl.arange(0, BLOCK)
    for half in tl.static_range(2):
        here = (r < rows // 2 * 2) & (column + half < cols)
        v = tl.load(x + r * s0 + (column + half) * s1, mask=here, other=0.0)
        tl.store(y + (column + half) * rows + r, v + 1.0, mask=(r < rows) & (column + half < cols))


def kernel_function(x):
    rows, cols = x.shape
    y = torch.empty((cols, rows), dtype=x.dtype, device=x.device)
    pairs[(triton.cdiv(cols, 2),)](x, y, rows, cols, *x.stride(), BLOCK=triton.next_power_of_2(rows))
    return y
