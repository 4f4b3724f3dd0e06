# problem: second_blocks::Bins | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, e_ptr, o_ptr, n, E, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0)
    c = tl.zeros((BLOCK,), tl.int64)
    for j in range(E):
        e = tl.load(e_ptr + j)
        c += (e < x).to(tl.int64)
    tl.store(o_ptr + i, c, mask=i < n)


class BinsTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('edges', torch.linspace(-2, 2, 17))
    def forward(self, x):
        x = x.contiguous()
        o = torch.empty_like(x, dtype=torch.int64)
        n = x.numel()
        if n:
            k[(triton.cdiv(n, 256),)](x, self.edges, o, n, self.edges.numel(), BLOCK=256)
        return o
