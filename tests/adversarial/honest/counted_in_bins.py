# problem: places::Counted | tl.histogram, with a mask for the tail; the largest numbers are put into the last bin first | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x_ptr, o_ptr, n, B: tl.constexpr):
    h = tl.zeros((16,), tl.int32)
    for b in range(0, n, B):
        i = b + tl.arange(0, B)
        m = i < n
        x = tl.load(x_ptr + i, mask=m, other=0)
        x = tl.minimum(tl.maximum(x, 0), 15).to(tl.int32)
        h += tl.histogram(x, 16, mask=m)
    tl.store(o_ptr + tl.arange(0, 16), h)


def kernel_function(x):
    x = x.contiguous()
    o = torch.empty(16, dtype=torch.int32, device=x.device)
    k[(1,)](x, o, x.numel(), B=128)
    return o
