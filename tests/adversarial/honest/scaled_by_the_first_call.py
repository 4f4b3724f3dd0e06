# problem: kept_from_call_to_call::ScaledByTheFirst | shows: a flag that is no buffer beside a buffer that is | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def largest(x_ptr, scale_ptr, n, BLOCK: tl.constexpr):
    most = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + i, mask=i < n, other=0.0)
        most = tl.where((x != x) | (most != most), float("nan"), tl.maximum(most, tl.abs(x)))
    is_nan = tl.max((most != most).to(tl.int32), 0)
    tl.store(scale_ptr, tl.where(is_nan > 0, float("nan"), tl.max(most, 0)))


@triton.jit
def quotient(x_ptr, scale_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) / tl.load(scale_ptr), mask=i < n)


class ScaledByTheFirstTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.is_set = False
        self.register_buffer("scale", torch.ones(1))

    def forward(self, x):
        x = x.contiguous()
        y = torch.empty_like(x)
        if not self.is_set:
            largest[(1,)](x, self.scale, x.numel(), BLOCK=64)
            self.is_set = True
        quotient[(triton.cdiv(x.numel(), 128),)](x, self.scale, y, x.numel(), BLOCK=128)
        return y
