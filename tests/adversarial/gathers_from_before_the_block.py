# problem: places::Rolled | tries: takes an element of a block at -1 for the last | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, w_ptr, o_ptr, B: tl.constexpr):
    r = tl.program_id(0)
    j = tl.arange(0, B)
    x = tl.load(x_ptr + r * B + j)
    w = tl.load(w_ptr + j)
    tl.store(o_ptr + r * B + j, tl.gather(x, j - 1, 0) * w)


class RolledTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.randn(64))

    def forward(self, x):
        x = x.contiguous()
        o = torch.empty_like(x)
        if x.numel():
            k[(x.shape[0],)](x, self.w, o, B=64)
        return o
