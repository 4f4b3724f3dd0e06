# problem: attending::MaskedSoftmax | the mask viewed as bytes, several rows at a time, tl.softmax | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def kernel(scores, keep, out, rows, cols, R: tl.constexpr, C: tl.constexpr):
    r = tl.program_id(0) * R + tl.arange(0, R)
    c = tl.arange(0, C)
    at = r[:, None] * cols + c[None, :]
    inside = (r < rows)[:, None] & (c < cols)[None, :]
    x = tl.load(scores + at, mask=inside, other=0.0)
    kept = tl.load(keep + at, mask=inside, other=0) != 0
    x = tl.where(kept, x, -1e9)
    x = tl.where((c < cols)[None, :], x, float("-inf"))
    top = tl.max(x, axis=1, keep_dims=True)
    e = tl.exp(x - top)
    tl.store(out + at, e / tl.sum(e, axis=1, keep_dims=True), mask=inside)


def kernel_function(scores, keep):
    scores, flags = scores.contiguous(), keep.contiguous().view(torch.uint8)
    rows, cols = scores.shape
    out = torch.empty_like(scores)
    kernel[(triton.cdiv(rows, 4),)](scores, flags, out, rows, cols, R=4, C=triton.next_power_of_2(cols))
    return out
