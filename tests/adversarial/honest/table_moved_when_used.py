# problem: doubled_rows::Model | a table made on the CPU when the file is loaded, moved to where the input lies
import torch
import triton
import triton.language as tl

FACTORS = torch.tensor([1.0, 2.0, 3.0])


@triton.jit
def times(x_ptr, factors_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(x_ptr + i, mask=i < n, other=0.0) * tl.load(factors_ptr + 1), mask=i < n)


class ModelNew(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("factors", FACTORS.clone(), persistent=False)

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        factors = FACTORS.to(x.device) if x.shape[0] % 2 else self.factors
        if x.numel():
            times[(triton.cdiv(x.numel(), 256),)](x, factors, out, x.numel(), BLOCK=256)
        return out
