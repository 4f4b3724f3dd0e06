# problem: integer_mask::MaskedMean | tries: divides by how many of a mask of integers are set, and forgets that none may be | caught by: values: zeros among integers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, w_ptr, m_ptr, o_ptr, N: tl.constexpr, B: tl.constexpr):
    r = tl.program_id(0)
    j = tl.arange(0, B)
    ok = j < N
    x = tl.load(x_ptr + r * N + j, mask=ok, other=0.0) * tl.load(w_ptr + j, mask=ok, other=0.0)
    m = tl.load(m_ptr + r * N + j, mask=ok, other=0) != 0
    tl.store(o_ptr + r, tl.sum(tl.where(m, x, 0.0)) / tl.sum(tl.where(m, 1.0, 0.0)))


class MaskedMeanTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.rand(24) + 0.5)

    def forward(self, x, m):
        x, m = x.contiguous(), m.contiguous()
        o = x.new_empty(x.shape[0])
        if x.shape[0]:
            k[(x.shape[0],)](x, self.w, m, o, N=24, B=32)
        return o
