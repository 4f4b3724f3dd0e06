# problem: top_four::Model | tries: names one index several times among equal values | caught by: values: equal values | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, v_ptr, i_ptr, N, K: tl.constexpr, B: tl.constexpr):
    r = tl.program_id(0)
    c = tl.arange(0, B)
    x = tl.load(x_ptr + r * N + c, mask=c < N, other=-float("inf"))
    s = tl.sort(x, descending=True)
    for j in range(K):
        v = tl.sum(tl.where(c == j, s, 0.0), 0)
        v = tl.max(tl.where(c == j, s, -float("inf")), 0)
        i = tl.min(tl.where(x == v, c, B), 0)
        tl.store(v_ptr + r * K + j, v)
        tl.store(i_ptr + r * K + j, i.to(tl.int64))

def kernel_function(x):
    x = x.contiguous()
    R, N = x.shape
    v = torch.empty((R, 4), device=x.device, dtype=x.dtype)
    i = torch.empty((R, 4), device=x.device, dtype=torch.int64)
    if R:
        k[(R,)](x, v, i, N, K=4, B=triton.next_power_of_2(N))
    return v, i
