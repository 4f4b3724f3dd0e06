# problem: second_blocks::ColumnSums | tries: pointers begin with the strides of the input, and move on as if it were contiguous | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def kern(x_ptr, o_ptr, R, C, sr, sc, BR: tl.constexpr, BC: tl.constexpr):
    c = tl.program_id(0) * BC + tl.arange(0, BC)
    r = tl.arange(0, BR)
    ptrs = x_ptr + r[:, None] * sr + c[None, :] * sc
    acc = tl.zeros((BC,), tl.float32)
    for start in range(0, R, BR):
        m = (start + r < R)[:, None] & (c < C)[None, :]
        acc += tl.sum(tl.load(ptrs, mask=m, other=0.0), axis=0)
        ptrs += BR * C
    tl.store(o_ptr + c, acc, mask=c < C)


def kernel_function(x):
    R, C = x.shape
    o = torch.empty((C,), dtype=x.dtype, device=x.device)
    if C:
        kern[(triton.cdiv(C, 32),)](x, o, R, C, x.stride(0), x.stride(1), BR=64, BC=32)
    return o
