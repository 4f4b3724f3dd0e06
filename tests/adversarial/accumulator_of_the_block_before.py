# problem: products::Product | tries: 132 programs, each with one accumulator for all of its blocks | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def product(a_ptr, b_ptr, out_ptr, rows, columns, depth, stride_ar, stride_ad, stride_bd, stride_bc, BLOCK: tl.constexpr):
    across = tl.cdiv(columns, BLOCK)
    blocks = tl.cdiv(rows, BLOCK) * across
    sums = tl.zeros((BLOCK, BLOCK), dtype=tl.float32)
    for block in range(tl.program_id(0), blocks, tl.num_programs(0)):
        row = block // across * BLOCK + tl.arange(0, BLOCK)
        column = block % across * BLOCK + tl.arange(0, BLOCK)
        for at in range(0, depth, 32):
            inner = at + tl.arange(0, 32)
            left = (row[:, None] < rows) & (inner[None, :] < depth)
            right = (inner[:, None] < depth) & (column[None, :] < columns)
            a = tl.load(a_ptr + row[:, None] * stride_ar + inner[None, :] * stride_ad, mask=left, other=0.0)
            b = tl.load(b_ptr + inner[:, None] * stride_bd + column[None, :] * stride_bc, mask=right, other=0.0)
            sums = tl.dot(a, b, sums, input_precision="ieee")
        inside = (row[:, None] < rows) & (column[None, :] < columns)
        tl.store(out_ptr + row[:, None] * columns + column[None, :], sums, mask=inside)


def kernel_function(a, b):
    rows, depth = a.shape
    columns = b.shape[1]
    out = torch.empty((rows, columns), dtype=a.dtype, device=a.device)
    blocks = triton.cdiv(rows, 64) * triton.cdiv(columns, 64)
    if blocks > 0:
        strides = (*a.stride(), *b.stride())
        product[(min(blocks, 132),)](a, b, out, rows, columns, depth, *strides, BLOCK=64)
    return out
