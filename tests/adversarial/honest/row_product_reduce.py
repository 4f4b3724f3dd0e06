# problem: reductions::RowProduct | tl.reduce with multiplication, ones as filling | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def times(a, b):
    return a * b


@triton.jit
def product(x, y, n, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    v = tl.load(x + row * sr + i * sc, mask=i < n, other=1.0)
    tl.store(y + row, tl.reduce(v, 0, times))


def kernel_function(x):
    y = torch.empty_like(x[:, 0], memory_format=torch.contiguous_format)
    product[(x.shape[0],)](x, y, x.shape[1], x.stride(0), x.stride(1), BLOCK=triton.next_power_of_2(x.shape[1]))
    return y
