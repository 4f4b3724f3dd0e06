# problem: ring_buffer::Model | tries: writes the first slot at each call | caught by: values: a second call | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, ring, pos, o, s, B: tl.constexpr):
    i = tl.arange(0, B)
    v = tl.load(x + i * s)
    tl.store(ring + i, v)
    for j in range(1, 4):
        v += tl.load(ring + j * B + i)
    tl.store(o + i, v)
    tl.store(pos, tl.load(pos) + 1)


class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("ring", torch.zeros(4, 32))
        self.register_buffer("pos", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        o = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        k[(1,)](x, self.ring, self.pos, o, x.stride(0), B=32)
        return o
