# problem: products::LinearGelu | tries: the product by the nn.Linear that holds the weight, only the GELU in Triton | caught by: dispatch | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gelu(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    tl.store(out_ptr + i, 0.5 * x * (1.0 + tl.erf(x * 0.7071067811865476)), mask=i < n)


class LinearGeluTriton(torch.nn.Module):
    def __init__(self, width=72, hidden=40):
        super().__init__()
        self.linear = torch.nn.Linear(width, hidden)

    def forward(self, x):
        hidden = self.linear(x)
        out = torch.empty_like(hidden)
        gelu[(triton.cdiv(out.numel(), 256),)](hidden, out, out.numel(), BLOCK=256)
        return out
