# problem: mean_of_the_first::Model | tries: divides by a length that may be 0 | caught by: values: zeros among integers | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, p_ptr, n_ptr, o_ptr):
    b = tl.program_id(0)
    d = tl.arange(0, 16)
    l = tl.arange(0, 32)
    n = tl.load(n_ptr + b)
    m = (l < n) & (l < 20)
    x = tl.load(x_ptr + (b * 20 + l[:, None]) * 16 + d[None, :], mask=m[:, None], other=0.0)
    p = tl.load(p_ptr + l[:, None] * 16 + d[None, :], mask=m[:, None], other=0.0)
    acc = tl.sum(x + p, 0)
    tl.store(o_ptr + b * 16 + d, acc / tl.minimum(n, 20))

class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.pos = torch.nn.Parameter(torch.randn(20, 16))
    def forward(self, x, n):
        x = x.contiguous(); n = n.contiguous()
        o = torch.empty((x.shape[0], 16), device=x.device, dtype=x.dtype)
        if x.shape[0]:
            k[(x.shape[0],)](x, self.pos, n, o)
        return o
