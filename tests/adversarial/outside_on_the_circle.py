# problem: thresholds_of_several::Outside | tries: >= for > where two numbers make the radius | caught by: values: computed just at edges | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def outside_kernel(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    x, y = tl.load(x_ptr + i, mask=inside, other=0.0), tl.load(y_ptr + i, mask=inside, other=0.0)
    radius = tl.sqrt_rn(x * x + y * y)
    tl.store(out_ptr + i, tl.where(radius >= 1.25, -1.0, radius), mask=inside)


def kernel_function(x, y):
    assert x.shape == y.shape
    x, y = x.contiguous(), y.contiguous()
    out = torch.empty_like(x)
    if out.numel():
        outside_kernel[(triton.cdiv(out.numel(), 256),)](x, y, out, out.numel(), BLOCK=256)
    return out
