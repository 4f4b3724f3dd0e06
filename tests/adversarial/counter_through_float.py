# problem: counts_calls::Model | tries: counts in a float32, which stands still at 16,777,216 | caught by: values: counters at | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def doubled(x_ptr, seen_ptr, out_ptr, count, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + at, tl.load(x_ptr + at, at < count) * 2, at < count)
    if tl.program_id(0) == 0:
        seen = tl.load(seen_ptr).to(tl.float32) + 1
        tl.store(seen_ptr, seen.to(tl.int64))


class ModelTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        doubled[(max(1, triton.cdiv(x.numel(), 256)),)](x, self.seen, out, x.numel(), BLOCK=256)
        return out
