# problem: second_blocks::PaddedSoftmax | tries: a running maximum that is minus infinity over the whole first block makes NaN | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def kern(x_ptr, m_ptr, o_ptr, C, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    top = -float("inf")
    total = 0.0
    for s in range(0, C, B):
        inside = s + i < C
        x = tl.load(x_ptr + r * C + s + i, mask=inside, other=-float("inf"))
        k = tl.load(m_ptr + r * C + s + i, mask=inside, other=1)
        x = tl.where(k != 0, -float("inf"), x)
        new = tl.maximum(top, tl.max(x, 0))
        total = total * tl.exp(top - new) + tl.sum(tl.exp(x - new), 0)
        top = new
    for s in range(0, C, B):
        inside = s + i < C
        x = tl.load(x_ptr + r * C + s + i, mask=inside, other=-float("inf"))
        k = tl.load(m_ptr + r * C + s + i, mask=inside, other=1)
        x = tl.where(k != 0, -float("inf"), x)
        tl.store(o_ptr + r * C + s + i, tl.exp(x - top) / total, mask=inside)


def kernel_function(x, mask):
    x = x.contiguous()
    mask = mask.contiguous().view(torch.uint8)
    R, C = x.shape
    o = torch.empty_like(x)
    if R and C:
        kern[(R,)](x, mask, o, C, B=64)
    return o
