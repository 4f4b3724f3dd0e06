# problem: runs_of_infinity::Softmax | nothing is taken away from -infinity, however many blocks hold nothing else | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def softmax_rows(x_ptr, o_ptr, n, stride_row, stride_column, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    top = float("-inf")
    total = 0.0
    for start in range(0, n, BLOCK):
        column = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=column < n, other=float("-inf"))
        larger = tl.maximum(top, tl.max(x, 0))
        from_here = tl.where(larger == float("-inf"), 0.0, larger)
        total = total * tl.exp(top - from_here) + tl.sum(tl.exp(x - from_here), 0)
        top = larger
    for start in range(0, n, BLOCK):
        column = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * stride_row + column * stride_column, mask=column < n, other=float("-inf"))
        tl.store(o_ptr + row * n + column, tl.exp(x - top) / total, mask=column < n)


def kernel_function(x):
    rows, n = x.shape
    out = torch.empty((rows, n), dtype=x.dtype, device=x.device)
    if out.numel():
        softmax_rows[(rows,)](x, out, n, x.stride(0), x.stride(1), BLOCK=64)
    return out
