# problem: kept_from_call_to_call::Differences | shows: an attribute that the first call makes, kept as the module keeps it | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def difference(x_ptr, last_ptr, y_ptr, kept_ptr, n, IS_FIRST: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    y = x * 2
    if not IS_FIRST:
        y -= tl.load(last_ptr + i, mask=i < n)
    tl.store(y_ptr + i, y, mask=i < n)
    tl.store(kept_ptr + i, x, mask=i < n)


class DifferencesTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.last = None

    def forward(self, x):
        x = x.contiguous()
        y, kept = torch.empty_like(x), torch.empty_like(x)
        is_first = self.last is None
        last = x if is_first else self.last
        difference[(triton.cdiv(x.numel(), 128),)](x, last, y, kept, x.numel(), IS_FIRST=is_first, BLOCK=128)
        self.last = kept
        return y
