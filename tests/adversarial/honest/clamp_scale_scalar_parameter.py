# problem: pointwise::ClampScale | a parameter of one element, loaded by every program; limits as constexpr | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def clamp_scale(x, scale, y, cols, s0, s1, LOW: tl.constexpr, HIGH: tl.constexpr, BLOCK: tl.constexpr):
    r = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    v = tl.load(x + r * s0 + c * s1, mask=c < cols, other=0.0) * tl.load(scale)
    tl.store(y + r * cols + c, tl.clamp(v, LOW, HIGH), mask=c < cols)


class ClampScaleTriton(torch.nn.Module):
    def __init__(self, low=-0.5, high=0.75):
        super().__init__()
        self.low, self.high = low, high
        self.scale = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        rows, cols = x.shape
        y = torch.empty((rows, cols), dtype=x.dtype, device=x.device)
        clamp_scale[(rows,)](
            x, self.scale, y, cols, *x.stride(), LOW=self.low, HIGH=self.high, BLOCK=triton.next_power_of_2(cols)
        )
        return y
