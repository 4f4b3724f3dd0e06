# problem: table_rows_from_either_end::Model | tries: does not count negative indices from the end | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(t, ix, o, W, s, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, B)
    j = tl.load(ix + r * s)
    tl.store(o + r * W + i, tl.load(t + j * W + i, mask=i < W), mask=i < W)


def kernel_function(i, table):
    o = torch.empty((i.shape[0], table.shape[1]), dtype=table.dtype, device=i.device)
    k[(i.shape[0],)](table, i, o, table.shape[1], i.stride(0), B=triton.next_power_of_2(table.shape[1]))
    return o
