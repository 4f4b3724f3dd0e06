# problem: layers::Total | tries: adds what several programs add by atomics of scope cta | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def total(x_ptr, out_ptr, n, stride, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.atomic_add(out_ptr, tl.sum(tl.abs(tl.load(x_ptr + i * stride, mask=i < n, other=0.0)), axis=0), sem="relaxed", scope="cta")


def kernel_function(x):
    out = torch.zeros((), dtype=x.dtype, device=x.device)
    total[(triton.cdiv(x.numel(), 1024),)](x, out, x.numel(), x.stride(0), BLOCK=1024)
    return out
