# problem: mean_where::Model | tries: divides by the number of true elements, which may be none | caught by: values: full and empty masks | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, p_ptr, m_ptr, o_ptr, BL: tl.constexpr, BD: tl.constexpr):
    b = tl.program_id(0)
    d = tl.arange(0, 16)
    l = tl.arange(0, 32)
    m = tl.load(m_ptr + b * 20 + l, mask=l < 20, other=0).to(tl.float32)
    x = tl.load(x_ptr + (b * 20 + l[:, None]) * 16 + d[None, :], mask=(l[:, None] < 20), other=0.0)
    p = tl.load(p_ptr + l[:, None] * 16 + d[None, :], mask=(l[:, None] < 20), other=0.0)
    acc = tl.sum((x + p) * m[:, None], 0)
    tl.store(o_ptr + b * 16 + d, acc / tl.sum(m, 0))

class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.pos = torch.nn.Parameter(torch.randn(20, 16))
    def forward(self, x, m):
        x = x.contiguous(); m = m.contiguous()
        o = torch.empty((x.shape[0], 16), device=x.device, dtype=x.dtype)
        if x.shape[0]:
            k[(x.shape[0],)](x, self.pos, m, o, BL=32, BD=16)
        return o
