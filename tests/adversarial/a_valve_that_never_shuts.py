# problem: valves::Valve | tries: a valve that opens after a run of high values never shuts again | caught by: values: runs | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def valve(x, out, steps, level):
    row = tl.program_id(0)
    high = 0
    opened = 0
    for t in range(steps):
        v = tl.load(x + row * steps + t)
        if v > level:
            high += 1
        else:
            high = 0
        if high >= 9:
            opened = 1
        tl.store(out + row * steps + t, tl.where(opened == 1, v, 0.0))


class ValveTriton(torch.nn.Module):
    def __init__(self, level=0.25):
        super().__init__()
        self.level = level

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        if x.shape[0]:
            valve[(x.shape[0],)](x, out, x.shape[1], self.level)
        return out
