# problem: states_that_are_left::Ducking | tries: once lowered, the sound stays low, whatever was counted down | caught by: values: s0=8, s1=8: loud and quiet | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def duck(x, out, steps, width, peak, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    low = 0
    for t in range(steps):
        at = (row * steps + t) * width + c
        v = tl.load(x + at, mask=c < width, other=0.0)
        low = low | (tl.max(tl.abs(v), 0) > peak).to(tl.int32)
        tl.store(out + at, tl.where(low == 1, 0.25 * v, v), mask=c < width)


class DuckingTriton(torch.nn.Module):
    def __init__(self, peak=1.75, after=30):
        super().__init__()
        self.peak = peak

    def forward(self, x):
        x = x.contiguous()
        if x.shape[2] == 0:
            raise ValueError("frames of nothing")
        out = torch.empty_like(x)
        if x.numel():
            duck[(x.shape[0],)](x, out, x.shape[1], x.shape[2], self.peak, BLOCK=triton.next_power_of_2(x.shape[2]))
        return out
