# problem: promised_inputs::Bags | loops from one offset to the next, the last one to the end | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def bag_kernel(tok_ptr, off_ptr, w_ptr, o_ptr, T, B, D, BD: tl.constexpr):
    b = tl.program_id(0)
    d = tl.arange(0, BD)
    start = tl.load(off_ptr + b)
    end = tl.load(off_ptr + b + 1, mask=b + 1 < B, other=T)
    acc = tl.zeros((BD,), tl.float32)
    for t in range(start, end):
        row = tl.load(tok_ptr + t)
        acc += tl.load(w_ptr + row * D + d, mask=d < D, other=0.0)
    count = tl.maximum(end - start, 1).to(tl.float32)
    tl.store(o_ptr + b * D + d, acc / count, mask=d < D)


class ModelNew(torch.nn.Module):
    def __init__(self, n=50, d=24):
        super().__init__()
        self.table = torch.nn.EmbeddingBag(n, d, mode="mean")

    def forward(self, tokens, offsets):
        w = self.table.weight
        tokens = tokens.contiguous()
        offsets = offsets.contiguous()
        B, D = offsets.shape[0], w.shape[1]
        out = torch.empty((B, D), device=w.device, dtype=w.dtype)
        if B:
            bag_kernel[(B,)](tokens, offsets, w, out, tokens.shape[0], B, D, BD=triton.next_power_of_2(D))
        return out
