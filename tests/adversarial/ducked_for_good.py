# problem: above_the_quiet::Ducked | tries: a state that one running value enters above a multiple of another is never left | caught by: values: s0=8: bursts | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def ducked(x, out, steps):
    row = tl.program_id(0) * steps
    first = tl.arange(0, 4)
    level = tl.sum(tl.abs(tl.load(x + row + first, mask=first < steps, other=0.0)), 0) / tl.minimum(steps, 4)
    quiet = level
    gain = 1.0
    for t in range(steps):
        now = tl.load(x + row + t)
        level += 0.046875 * (tl.abs(now) - level)
        lifted = 1.00390625 * quiet
        quiet = tl.where((level < lifted) | (level != level), level, lifted)
        gain = tl.where(level > 3.0 * quiet, 0.25, gain)
        tl.store(out + row + t, gain * now)


class DuckedTriton(torch.nn.Module):
    def forward(self, x):
        x = x.contiguous()
        if x.shape[1] == 0:
            raise ValueError("no steps")
        out = torch.empty_like(x)
        if x.numel():
            ducked[(x.shape[0],)](x, out, x.shape[1])
        return out
