# problem: counted_by_a_float::LeadingShare | tries: takes a count in integers that the module takes by the product with a float | caught by: values
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
        count = min(1 + width * round(self.share * 100) // 100, width)
        if rows:
            sum_kernel[(rows,)](x, out, count, *x.stride(), BLOCK=16)
        return out
