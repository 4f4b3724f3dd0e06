# problem: kept_from_call_to_call::WarmingUp | shows: a counter that is an attribute, counted as the module counts | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def warmed(x_ptr, y_ptr, n, gain, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * gain, mask=i < n)


class WarmingUpTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.step = 0

    def forward(self, x):
        x = x.contiguous()
        y = torch.empty_like(x)
        self.step += 1
        warmed[(triton.cdiv(x.numel(), 128),)](x, y, x.numel(), min(1.0, self.step / 8), BLOCK=128)
        return y
