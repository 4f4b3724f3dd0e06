# problem: flat_weighted::Model | tries: multiplies what tl.reshape may reorder as if it were in order | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, w_ptr, o_ptr):
    r = tl.program_id(0)
    a = tl.arange(0, 64)
    x = tl.load(x_ptr + r * 4096 + a[None, :] * 64 + a[:, None])
    x = tl.trans(x)
    c = tl.arange(0, 4096)
    z = tl.reshape(x, (4096,), can_reorder=True) * tl.load(w_ptr + c)
    tl.store(o_ptr + r * 4096 + c, z)

class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.randn(4096))
    def forward(self, x):
        x = x.contiguous()
        o = torch.empty((x.shape[0], 4096), device=x.device, dtype=x.dtype)
        if x.shape[0]:
            k[(x.shape[0],)](x, self.w, o)
        return o
