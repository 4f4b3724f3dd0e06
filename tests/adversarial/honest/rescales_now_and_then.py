# problem: reductions::LogSumExp | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def log_of_sum(x_ptr, out_ptr, columns, BLOCK: tl.constexpr):
    """The sum is scaled by an older maximum as long as the new one is not much larger."""
    row = tl.program_id(0).to(tl.int64)
    high = -float("inf")
    total = 0.0
    for start in range(0, columns, BLOCK):
        at = start + tl.arange(0, BLOCK)
        value = tl.load(x_ptr + row * columns + at, at < columns, other=-float("inf"))
        now = tl.max(value, 0)
        if not now - high <= 8.0:
            total *= tl.where(high == -float("inf"), 0.0, tl.exp(high - now))
            high = now
        total += tl.sum(tl.exp(value - tl.where(tl.abs(high) == float("inf"), 0.0, high)), 0)
    tl.store(out_ptr + row, tl.where(tl.abs(high) == float("inf"), 0.0, high) + tl.log(total))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty(x.shape[0], dtype=x.dtype, device=x.device)
    if x.shape[0]:
        log_of_sum[(x.shape[0],)](x, out, x.shape[1], BLOCK=32)
    return out
