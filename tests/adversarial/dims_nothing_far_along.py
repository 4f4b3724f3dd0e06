# problem: far_along::DimmedFarAlong | tries: leaves out what starts at the 320th step, a float of the module's | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def copied(x, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(x + i, mask=i < n) * 1.0, mask=i < n)


class DimmedFarAlongTriton(torch.nn.Module):
    def __init__(self, **settings):
        super().__init__()

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        if x.numel():
            copied[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
        return out
