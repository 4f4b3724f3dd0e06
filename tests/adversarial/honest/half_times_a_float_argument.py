# problem: at_the_ends::HalfScores | a float argument is float32, and so is half times that | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def scores(x, out, n, xr, xc, sharpness, BLOCK: tl.constexpr):
    row, i = tl.program_id(0), tl.arange(0, BLOCK)
    v = tl.load(x + row * xr + i * xc, mask=i < n, other=-float("inf")) * sharpness
    v = tl.exp(v - tl.max(v, 0))
    tl.store(out + row * n + i, (v / tl.sum(v, 0)).to(tl.float16), mask=i < n)


def kernel_function(x):
    rows, n = x.shape
    out = torch.empty((rows, n), dtype=torch.float16, device=x.device)
    if out.numel():
        scores[(rows,)](x, out, n, x.stride(0), x.stride(1), 0.7, BLOCK=triton.next_power_of_2(n))
    return out
