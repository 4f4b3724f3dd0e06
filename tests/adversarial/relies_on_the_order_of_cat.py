# problem: side_by_side::Model | tries: stores what tl.cat may reorder as if it were in order | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, w_ptr, y_ptr, o_ptr):
    r = tl.program_id(0)
    c = tl.arange(0, 64)
    x = tl.load(x_ptr + r * 64 + c) * tl.load(w_ptr + c)
    y = tl.load(y_ptr + c) * 2
    z = tl.cat(x, y, can_reorder=True)
    tl.store(o_ptr + r * 128 + tl.arange(0, 128), z)

class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.randn(64))
    def forward(self, x, y):
        x = x.contiguous(); y = y.contiguous()
        o = torch.empty((x.shape[0], 128), device=x.device, dtype=x.dtype)
        if x.shape[0]:
            k[(x.shape[0],)](x, self.w, y, o)
        return o
