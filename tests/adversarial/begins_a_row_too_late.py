# problem: rows_by_differences::LastRowsMean | tries: each mean begins a row too late, where the module rounds much of it away | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def last_rows_mean(x, out, width, count, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float64)
    first = tl.maximum(row - count + 2, 0)
    for one in range(first, row + 1):
        total += tl.load(x + one * width + columns, mask=columns < width, other=0.0).to(tl.float64)
    mean = total / (row + 1 - first).to(tl.float64)
    tl.store(out + row * width + columns, mean.to(tl.float32), mask=columns < width)


class LastRowsMeanTriton(torch.nn.Module):
    def __init__(self, count=4):
        super().__init__()
        self.count = count

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        if x.numel():
            last_rows_mean[(x.shape[0], triton.cdiv(x.shape[1], 64))](x, out, x.shape[1], self.count, BLOCK=64)
        return out
