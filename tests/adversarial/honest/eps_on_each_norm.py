# problem: cosines_of_rows::Model | bounds each of the two norms by eps | slow: yes
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
    norm_a = tl.maximum(tl.sqrt(tl.sum(a * a, 0)), 1e-8)
    norm_b = tl.maximum(tl.sqrt(tl.sum(b * b, 0)), 1e-8)
    tl.store(out_ptr + row, tl.sum((a / norm_a) * (b / norm_b), 0))


def kernel_function(a, b):
    a, b = a.contiguous(), b.contiguous()
    rows, width = a.shape
    out = torch.empty(rows, device=a.device, dtype=a.dtype)
    if rows:
        cosine_kernel[(rows,)](a, b, out, width, BLOCK=max(triton.next_power_of_2(width), 1))
    return out
