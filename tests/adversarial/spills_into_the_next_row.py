# problem: layers::Joined | tries: each program writes past its row, the next program mends it | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def join(x, y, n, s0, s1, BLOCK: tl.constexpr):
    r = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    v = tl.load(x + r * s0 + c * s1, mask=c < n, other=0.0)
    out = y + r * 2 * n + c
    tl.store(out, tl.where(v < 0, 0.0, v), mask=c < n)
    tl.store(out + n, v, mask=(c < n) | ((r < 2) & (c < n + 1)))


def kernel_function(x):
    rows, n = x.shape
    y = torch.empty((rows, 2 * n), dtype=x.dtype, device=x.device)
    join[(rows,)](x, y, n, x.stride(0), x.stride(1), BLOCK=2 * triton.next_power_of_2(n))
    return y
