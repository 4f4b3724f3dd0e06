# problem: softmax_rows::Model | tries: calls a kernel as a function of Python, which only the interpreter lets it | caught by: runs | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def copied(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n), mask=i < n)


@triton.jit
def prepared(x):
    return x + 0 * x


def kernel_function(x):
    work = prepared(x)
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    n = x.numel()
    if n:
        copied[(triton.cdiv(n, 1024),)](work, out, n, BLOCK=1024)
    return out
