# problem: counts_calls::Model | tries: sets a counter to one instead of raising it | caught by: values: a second call | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, seen, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(o + i, tl.load(x + i, mask=i < n) * 2, mask=i < n)
    if tl.program_id(0) == 0:
        tl.store(seen, 1)


class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        x = x.contiguous()
        o = torch.empty_like(x)
        k[(max(triton.cdiv(x.numel(), 256), 1),)](x, o, self.seen, x.numel(), B=256)
        return o
