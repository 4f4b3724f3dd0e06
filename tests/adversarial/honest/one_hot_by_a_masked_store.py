# problem: promised_inputs::OneHot | stores by a mask that may leave all out
import torch
import triton
import triton.language as tl


@triton.jit
def hot_kernel(y_ptr, o_ptr, n, C, sy, value, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    y = tl.load(y_ptr + i * sy, mask=i < n, other=-1)
    tl.store(o_ptr + i.to(tl.int64) * C + y, value, mask=(i < n) & (y >= 0) & (y < C))


class ModelNew(torch.nn.Module):
    def __init__(self, classes=20, value=0.9):
        super().__init__()
        self.classes, self.value = classes, value

    def forward(self, y):
        n = y.shape[0]
        out = torch.zeros((n, self.classes), device=y.device, dtype=torch.float32)
        if n:
            hot_kernel[(triton.cdiv(n, 64),)](y, out, n, self.classes, y.stride(0), self.value, BLOCK=64)
        return out
