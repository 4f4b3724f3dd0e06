# problem: second_blocks::RowMaximum | tries: a maximum that starts at a finite number | caught by: values: slices of -infinity | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def amax_kernel(x_ptr, o_ptr, N, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    best = tl.full((BLOCK,), -3.4e38, tl.float32)
    for c0 in range(0, N, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        best = tl.maximum(best, tl.load(x_ptr + row * N + c, mask=c < N, other=-3.4e38))
    tl.store(o_ptr + row, tl.max(best, 0))


def kernel_function(x):
    x = x.contiguous()
    M, N = x.shape
    out = torch.empty((M,), device=x.device, dtype=x.dtype)
    if M:
        assert N > 0
        amax_kernel[(M,)](x, out, N, BLOCK=64)
    return out
