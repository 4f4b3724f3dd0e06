# problem: far_along::MeanOfASample | a step that the module makes of a size by a float
import torch
import triton
import triton.language as tl


@triton.jit
def mean(x, out, n, every, taken, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    total = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, taken, BLOCK):
        k = start + tl.arange(0, BLOCK)
        total += tl.load(x + row * n + k * every, mask=k < taken, other=0.0)
    tl.store(out + row, tl.sum(total, 0) / taken)


class MeanOfASampleTriton(torch.nn.Module):
    def __init__(self, rate=0.004):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        x = x.contiguous()
        rows, n = x.shape
        out = torch.empty(rows, device=x.device, dtype=x.dtype)
        every = max(1, round(n * self.rate))
        if rows:
            mean[(rows,)](x, out, n, every, triton.cdiv(n, every), BLOCK=32)
        return out
