# problem: full_scale::Mixed | tries: a sum that goes round where it must be held | caught by: values: large integers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def mix_kernel(one_ptr, other_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    both = tl.load(one_ptr + i, mask=inside, other=0).to(tl.int32) + tl.load(other_ptr + i, mask=inside, other=0)
    tl.store(out_ptr + i, both.to(tl.int16), mask=inside)


def kernel_function(one, other):
    assert one.shape == other.shape
    one, other, size = one.contiguous(), other.contiguous(), one.numel()
    out = torch.empty_like(one)
    if size:
        mix_kernel[(triton.cdiv(size, 256),)](one, other, out, size, BLOCK=256)
    return out
