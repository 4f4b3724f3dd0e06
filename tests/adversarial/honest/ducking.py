# problem: states_that_are_left::Ducking | counts down how long the sound stays low | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def duck(x, out, steps, width, peak, after, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    left = 0
    for t in range(steps):
        at = (row * steps + t) * width + c
        v = tl.load(x + at, mask=c < width, other=0.0)
        is_nan = tl.max((v != v).to(tl.int32), 0) > 0
        is_high = (tl.max(tl.abs(v), 0) > peak) & (is_nan == 0)
        left = tl.where(is_high, after, tl.maximum(left - 1, 0))
        tl.store(out + at, tl.where(left > 0, 0.25 * v, v), mask=c < width)


class DuckingTriton(torch.nn.Module):
    def __init__(self, peak=1.75, after=30):
        super().__init__()
        self.peak = peak
        self.after = after

    def forward(self, x):
        x = x.contiguous()
        if x.shape[2] == 0:
            raise ValueError("frames of nothing")
        out = torch.empty_like(x)
        if x.numel():
            sizes = x.shape[1], x.shape[2]
            duck[(x.shape[0],)](x, out, *sizes, self.peak, self.after, BLOCK=triton.next_power_of_2(x.shape[2]))
        return out
