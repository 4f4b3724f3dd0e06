# problem: cosines_of_rows::Model | tries: bounds the product of both norms by eps, where PyTorch bounds each | caught by: values: slices that grow small together | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def cosine_kernel(a_ptr, b_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < width
    a = tl.load(a_ptr + row * width + column, mask=inside, other=0.0)
    b = tl.load(b_ptr + row * width + column, mask=inside, other=0.0)
    norms = tl.sqrt(tl.sum(a * a, 0)) * tl.sqrt(tl.sum(b * b, 0))
    tl.store(out_ptr + row, tl.sum(a * b, 0) / tl.maximum(norms, 1e-8))


def kernel_function(a, b):
    a, b = a.contiguous(), b.contiguous()
    rows, width = a.shape
    out = torch.empty(rows, device=a.device, dtype=a.dtype)
    if rows:
        cosine_kernel[(rows,)](a, b, out, width, BLOCK=max(triton.next_power_of_2(width), 1))
    return out
