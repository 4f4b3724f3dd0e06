# problem: ring_of_four::Model | tries: a place in a ring buffer that is counted on and never wraps | caught by: values: counters at 3 | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, buf_ptr, pos_ptr, o_ptr):
    c = tl.arange(0, 16)
    p = tl.load(pos_ptr)
    x = tl.load(x_ptr + c)
    s = tl.zeros((16,), tl.float32)
    for r in tl.static_range(4):
        old = tl.load(buf_ptr + r * 16 + c)
        v = tl.where(p == r, x, old)
        tl.store(buf_ptr + r * 16 + c, v)
        s += v
    tl.store(o_ptr + c, s / 4)
    tl.debug_barrier()
    tl.store(pos_ptr, p + 1)

class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("buf", torch.randn(4, 16))
        self.register_buffer("pos", torch.zeros((), dtype=torch.int64))
    def forward(self, x):
        x = x.contiguous()
        o = torch.empty_like(x)
        k[(1,)](x, self.buf, self.pos, o)
        return o
