# problem: attending::Embedded | tries: a table indexed by a tensor, in the wrapper | caught by: dispatch | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def double(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, 2.0 * tl.load(x_ptr + i, mask=i < n), mask=i < n)


class EmbeddedTriton(torch.nn.Module):
    def __init__(self, rows=50, width=24):
        super().__init__()
        self.table = torch.nn.Embedding(rows, width)

    def forward(self, tokens):
        rows = self.table.weight[tokens]
        out = torch.empty_like(rows)
        double[(triton.cdiv(rows.numel(), 128),)](rows, out, rows.numel(), BLOCK=128)
        return out
