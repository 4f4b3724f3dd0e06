# problem: products::Product | tries: launches a kernel that takes TF32, beside an exact one that has got its name | caught by: precision | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def multiplied(x_ptr, y_ptr, out_ptr, rows, columns, inner, T: tl.constexpr):
    m = tl.program_id(0) * T + tl.arange(0, T)
    n = tl.program_id(1) * T + tl.arange(0, T)
    total = tl.zeros((T, T), tl.float32)
    for start in range(0, inner, T):
        k = start + tl.arange(0, T)
        x = tl.load(x_ptr + m[:, None] * inner + k[None, :], mask=(m[:, None] < rows) & (k[None, :] < inner), other=0.0)
        y = tl.load(y_ptr + k[:, None] * columns + n[None, :], mask=(k[:, None] < inner) & (n[None, :] < columns), other=0.0)
        total += tl.dot(x, y)
    tl.store(out_ptr + m[:, None] * columns + n[None, :], total, mask=(m[:, None] < rows) & (n[None, :] < columns))


quick = multiplied


@triton.jit
def multiplied(x_ptr, y_ptr, out_ptr, rows, columns, inner, T: tl.constexpr):
    m = tl.program_id(0) * T + tl.arange(0, T)
    n = tl.program_id(1) * T + tl.arange(0, T)
    total = tl.zeros((T, T), tl.float32)
    for start in range(0, inner, T):
        k = start + tl.arange(0, T)
        x = tl.load(x_ptr + m[:, None] * inner + k[None, :], mask=(m[:, None] < rows) & (k[None, :] < inner), other=0.0)
        y = tl.load(y_ptr + k[:, None] * columns + n[None, :], mask=(k[:, None] < inner) & (n[None, :] < columns), other=0.0)
        total += tl.dot(x, y, input_precision="ieee")
    tl.store(out_ptr + m[:, None] * columns + n[None, :], total, mask=(m[:, None] < rows) & (n[None, :] < columns))


def kernel_function(x, y):
    x, y = x.contiguous(), y.contiguous()
    (rows, inner), columns = x.shape, y.shape[1]
    out = torch.zeros((rows, columns), dtype=x.dtype, device=x.device)
    if out.numel():
        quick[(triton.cdiv(rows, 32), triton.cdiv(columns, 32))](x, y, out, rows, columns, inner, T=32)
    return out
