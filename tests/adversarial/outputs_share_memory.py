# problem: pointwise::ThreeWays | tries: the half output is a view of the memory that the float output has | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def three(x_ptr, abs_ptr, count_ptr, half_ptr, n, s0, s1, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * s0 + c * s1, mask=c < n, other=0.0)
    tl.store(abs_ptr + row * n + c, tl.abs(x), mask=c < n)
    tl.store(half_ptr + row * n + c, x.to(tl.float16), mask=c < n)
    tl.store(count_ptr + row, tl.sum((x > 0).to(tl.int32)).to(tl.int64))


def kernel_function(x):
    rows, n = x.shape
    magnitude = x.new_empty((rows, n))
    count = x.new_empty((rows,), dtype=torch.int64)
    half = magnitude.view(torch.float16)[:, :n]
    three[(rows,)](x, magnitude, count, half, n, x.stride(0), x.stride(1), BLOCK=triton.next_power_of_2(n))
    return magnitude, count, half
