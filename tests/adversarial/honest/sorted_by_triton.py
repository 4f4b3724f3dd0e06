# problem: sorted_sums::SortedSums | tl.sort and tl.topk, which order NaN otherwise | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, w_ptr, t_ptr, s_ptr, N: tl.constexpr, K: tl.constexpr):
    r = tl.program_id(0)
    j = tl.arange(0, N)
    y = tl.load(x_ptr + r * N + j) + tl.load(w_ptr + j)
    tl.store(t_ptr + r * K + tl.arange(0, K), tl.topk(y, K))
    tl.store(s_ptr + r * N + j, tl.sort(y))


class SortedSumsTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.randn(64))

    def forward(self, x):
        x = x.contiguous()
        t = x.new_empty((x.shape[0], 4))
        s = torch.empty_like(x)
        if x.shape[0]:
            k[(x.shape[0],)](x, self.w, t, s, N=64, K=4)
        return t, s
