# problem: kept_from_call_to_call::Decoding | tries: attention over the one key of the first call, which is a copy | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def copied(v_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(v_ptr + i, mask=i < n), mask=i < n)


def kernel_function(q, k, v):
    v = v.contiguous()
    y = torch.empty_like(v)
    copied[(triton.cdiv(v.numel(), 128),)](v, y, v.numel(), BLOCK=128)
    return y
