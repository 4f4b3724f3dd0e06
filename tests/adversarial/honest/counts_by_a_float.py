# problem: counted_by_a_float::LeadingShare | counts by the product with a float, as the module does
import torch
import triton
import triton.language as tl


@triton.jit
def sum_kernel(x_ptr, out_ptr, count, row_stride, column_stride, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    total = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, count, BLOCK):
        column = start + tl.arange(0, BLOCK)
        total += tl.load(x_ptr + row * row_stride + column * column_stride, mask=column < count, other=0.0)
    tl.store(out_ptr + row, tl.sum(total, 0))


class LeadingShareTriton(torch.nn.Module):
    def __init__(self, share=0.29):
        super().__init__()
        self.share = share

    def forward(self, x):
        rows, width = x.shape
        out = torch.empty(rows, dtype=x.dtype, device=x.device)
        count = min(1 + int(width * self.share), width)
        if rows:
            sum_kernel[(rows,)](x, out, count, *x.stride(), BLOCK=16)
        return out
