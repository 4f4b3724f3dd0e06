# problem: bag_of_tokens::Bag | one program goes through a row of any length, token by token | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(i_ptr, e_ptr, o_ptr, t, D: tl.constexpr):
    r = tl.program_id(0)
    d = tl.arange(0, D)
    acc = tl.zeros((D,), tl.float32)
    count = 0
    for j in range(t):
        q = tl.load(i_ptr + r * t + j)
        kept = q != 1
        q = tl.where(q < 0, q + 3000, q)
        acc += tl.load(e_ptr + q * D + d) * kept.to(tl.float32)
        count += kept.to(tl.int32)
    tl.store(o_ptr + r * D + d, acc / tl.maximum(count, 1))


class BagTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.e = torch.nn.Parameter(torch.randn(3000, 8))

    def forward(self, ids):
        ids = ids.contiguous()
        o = self.e.new_empty((ids.shape[0], 8))
        if ids.shape[0]:
            k[(ids.shape[0],)](ids, self.e, o, ids.shape[1], D=8)
        return o
