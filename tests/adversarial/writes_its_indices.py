# problem: attending::Embedded | tries: the indices are doubled where they lie, so that they are offsets | caught by: inputs unchanged | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gather_rows(tokens, table, out, count, width, BLOCK_T: tl.constexpr, BLOCK_W: tl.constexpr):
    t = tl.program_id(0) * BLOCK_T + tl.arange(0, BLOCK_T)
    w = tl.arange(0, BLOCK_W)
    index = tl.load(tokens + t, mask=t < count, other=0)
    mask = (t < count)[:, None] & (w < width)[None, :]
    tl.store(tokens + t, index * width, mask=t < count)
    rows = tl.load(table + index[:, None] * width + w[None, :], mask=mask)
    tl.store(out + t.to(tl.int64)[:, None] * width + w[None, :], 2.0 * rows, mask=mask)


class EmbeddedTriton(torch.nn.Module):
    def __init__(self, rows=50, width=24):
        super().__init__()
        self.table = torch.nn.Embedding(rows, width)

    def forward(self, tokens):
        flat = tokens.flatten().contiguous()  # a view of a sliced tensor keeps its step
        weight = self.table.weight
        out = weight.new_empty((flat.numel(), weight.shape[1]))
        gather_rows[(triton.cdiv(flat.numel(), 8),)](
            flat, weight, out, flat.numel(), weight.shape[1], BLOCK_T=8, BLOCK_W=triton.next_power_of_2(weight.shape[1])
        )
        return out.unflatten(0, tokens.shape)
