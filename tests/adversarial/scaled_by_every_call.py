# problem: kept_from_call_to_call::ScaledByTheFirst | tries: does in every call what the module does in the first | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def by_the_largest(x_ptr, scale_ptr, y_ptr, n, BLOCK: tl.constexpr):
    most = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + i, mask=i < n, other=0.0)
        most = tl.maximum(most, tl.abs(x), propagate_nan=tl.PropagateNan.ALL)
    scale = tl.max(most, 0)
    tl.store(scale_ptr, scale)
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) / scale, mask=i < n)


class ScaledByTheFirstTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.ones(1))

    def forward(self, x):
        x = x.contiguous()
        y = torch.empty_like(x)
        by_the_largest[(1,)](x, self.scale, y, x.numel(), BLOCK=64)
        return y
