# problem: table_rows::Model | rows of a table by numbers that no draw has negative: the module counts such from the end, this does not | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def rows_kernel(table_ptr, pages_ptr, out_ptr, width, pages_stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    page = tl.load(pages_ptr + row * pages_stride)
    for start in range(0, width, BLOCK):
        column = start + tl.arange(0, BLOCK)
        inside = column < width
        values = tl.load(table_ptr + page * width + column, mask=inside)
        tl.store(out_ptr + row.to(tl.int64) * width + column, values, mask=inside)


def kernel_function(pages, table):
    width = table.shape[1]
    out = torch.empty((pages.shape[0], width), dtype=table.dtype, device=table.device)
    rows_kernel[(pages.shape[0],)](table, pages, out, width, pages.stride(0), BLOCK=16)
    return out
