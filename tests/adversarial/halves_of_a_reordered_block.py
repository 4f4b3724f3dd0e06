# problem: sums_multiplied::Model | tries: sums the halves of what tl.cat may reorder, the same from behind as from before | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def product(a, b):
    return a * b

@triton.jit
def k(x_ptr, o_ptr, n, stride, B: tl.constexpr):
    row = tl.program_id(0)
    first = tl.zeros((B,), tl.float32)
    second = tl.zeros((B,), tl.float32)
    for start in range(0, n, B):
        c = start + tl.arange(0, B)
        first += tl.load(x_ptr + row * stride + c, mask=c < n, other=0.0)
        second += tl.load(x_ptr + row * stride + n + c, mask=c < n, other=0.0)
    sums = tl.sum(tl.reshape(tl.cat(first, second, can_reorder=True), (2, B)), 1)
    tl.store(o_ptr + row, tl.reduce(sums, 0, product))

def kernel_function(x):
    x = x.contiguous()
    o = torch.empty(x.shape[0], device=x.device, dtype=x.dtype)
    if x.shape[0]:
        k[(x.shape[0],)](x, o, x.shape[2], x.shape[1] * x.shape[2], B=64)
    return o
