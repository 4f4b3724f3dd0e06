# problem: ring_with_size::Ring | tries: a place in a ring that never wraps, where the size of the ring is in a buffer | caught by: values: counters at 64 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, b_ptr, p_ptr, o_ptr, n, D: tl.constexpr, S: tl.constexpr):
    d = tl.arange(0, D)
    acc = tl.zeros((D,), tl.float32)
    for r in range(n):
        acc += tl.load(x_ptr + r * D + d)
    row = acc / n
    p = tl.load(p_ptr)
    s = tl.arange(0, S)[:, None]
    at = b_ptr + s * D + d[None, :]
    v = tl.where(s == p, row[None, :], tl.load(at))
    tl.store(at, v)
    tot = tl.sum(v, 0)
    tl.store(p_ptr, p + 1)
    for r in range(n):
        tl.store(o_ptr + r * D + d, tl.load(x_ptr + r * D + d) - tot / S)


class RingTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("buf", torch.zeros(64, 16))
        self.register_buffer("pos", torch.zeros((), dtype=torch.long))
        self.register_buffer("size", torch.tensor(64))

    def forward(self, x):
        x = x.contiguous()
        o = torch.empty_like(x)
        if x.shape[0] == 0:
            raise ValueError("empty")
        k[(1,)](x, self.buf, self.pos, o, x.shape[0], D=16, S=64)
        return o
