# problem: own_numbers::StopTokens | one of a few tokens | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def is_among(tokens, stop, out, n, stride, COUNT: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    token = tl.load(tokens + i * stride, mask=i < n, other=0)
    found = tl.zeros((BLOCK,), tl.int1)
    for k in tl.static_range(COUNT):
        found |= token == tl.load(stop + k)
    tl.store(out + i, found, mask=i < n)


class StopTokensTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("stop", torch.tensor([3, 17, 41, 1000, 70001]))

    def forward(self, tokens):
        n = tokens.numel()
        out = torch.empty_like(tokens, dtype=torch.bool, memory_format=torch.contiguous_format)
        if n:
            grid = (triton.cdiv(n, 64),)
            is_among[grid](tokens, self.stop, out, n, tokens.stride(0), COUNT=self.stop.numel(), BLOCK=64)
        return out
