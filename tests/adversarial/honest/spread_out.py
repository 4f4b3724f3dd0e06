# problem: left_to_the_operator::SpreadOut | writes each peak to its place | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def put_back(x, places, out, n, few, many, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = i < n
    at = tl.load(places + i, mask=mask, other=0)
    tl.store(out + (i // few) * many + at, 2.0 * tl.load(x + i, mask=mask), mask=mask)


def kernel_function(x, places):
    x, places = x.contiguous(), places.contiguous()
    few = x.shape[-1]
    out = torch.zeros((*x.shape[:-1], 3 * few), dtype=x.dtype, device=x.device)
    if x.numel():
        put_back[(triton.cdiv(x.numel(), 64),)](x, places, out, x.numel(), few, 3 * few, BLOCK=64)
    return out
