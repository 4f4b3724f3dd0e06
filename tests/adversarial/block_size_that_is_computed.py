# problem: softmax_rows::Model | tries: rows past a block whose size no single number in the file says | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def rows_of_a_block(x, out, n, xr, xc, BLOCK: tl.constexpr):
    row, i = tl.program_id(0), tl.arange(0, BLOCK)
    v = tl.load(x + row * xr + i * xc, mask=i < n, other=-float("inf"))
    v = tl.exp(v - tl.max(v, 0))
    tl.store(out + row * n + i, v / tl.sum(v, 0), mask=i < n)
    for further in range(BLOCK, n, BLOCK):
        tl.store(out + row * n + further + i, v * 0.0, mask=further + i < n)


def kernel_function(x):
    rows, n = x.shape
    out = torch.empty((rows, n), device=x.device)
    most = (1 << 7) * x.element_size()
    if out.numel():
        block = min(most, triton.next_power_of_2(n))
        rows_of_a_block[(rows,)](x, out, n, x.stride(0), x.stride(1), BLOCK=block)
    return out
