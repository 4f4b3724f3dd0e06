# problem: left_to_the_operator::SpreadOut | tries: looks for each place in its own window alone | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def put_back(x, places, out, n, few, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = i < n
    own = tl.load(places + i // 3, mask=mask, other=-1) == i % (3 * few)
    value = tl.load(x + i // 3, mask=mask, other=0.0)
    tl.store(out + i, tl.where(own, 2.0 * value, 0.0), mask=mask)


def kernel_function(x, places):
    x, places = x.contiguous(), places.contiguous()
    few = x.shape[-1]
    out = torch.empty((*x.shape[:-1], 3 * few), dtype=x.dtype, device=x.device)
    if out.numel():
        put_back[(triton.cdiv(out.numel(), 64),)](x, places, out, out.numel(), few, BLOCK=64)
    return out
