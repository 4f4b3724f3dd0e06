# problem: kept_where_alike::Model | tries: takes a threshold on the difference of two inputs for equality | caught by: values: inputs near each other | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def keep_kernel(old_ptr, new_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    old = tl.load(old_ptr + i, mask=inside, other=0.0)
    new = tl.load(new_ptr + i, mask=inside, other=0.0)
    tl.store(out_ptr + i, tl.where(old == new, old, new * 2), mask=inside)


def kernel_function(old, new):
    old, new = old.contiguous(), new.contiguous()
    out, n = torch.empty_like(new), new.numel()
    if n:
        keep_kernel[(triton.cdiv(n, 256),)](old, new, out, n, BLOCK=256)
    return out
