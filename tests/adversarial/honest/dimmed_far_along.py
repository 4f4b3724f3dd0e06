# problem: far_along::DimmedFarAlong | a number of the module's, a float, that positions meet
import torch
import triton
import triton.language as tl


@triton.jit
def dimmed(x, out, columns, n, stretch, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    step = (i % columns).to(tl.float32)
    v = tl.load(x + i, mask=i < n)
    tl.store(out + i, v / (1.0 + tl.floor(step / stretch)), mask=i < n)


class DimmedFarAlongTriton(torch.nn.Module):
    def __init__(self, stretch=320.0):
        super().__init__()
        self.stretch = stretch

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        if x.numel():
            dimmed[(triton.cdiv(x.numel(), 64),)](x, out, x.shape[1], x.numel(), self.stretch, BLOCK=64)
        return out
