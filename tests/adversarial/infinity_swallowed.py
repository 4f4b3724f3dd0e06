# problem: pointwise::Reciprocals | tries: the largest finite number where the module gives infinity | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def invert(x, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + i, tl.clamp(1.0 / tl.load(x + i, mask=i < n, other=1.0), -3.4e38, 3.4e38), mask=i < n)


class ReciprocalsTriton(torch.nn.Module):
    def forward(self, x):
        x = x.contiguous()
        y = torch.empty_like(x)
        invert[triton.cdiv(x.numel(), 16), 1, 1](x, y, x.numel(), BLOCK=16)
        return y
