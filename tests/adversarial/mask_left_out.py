# problem: attending::MaskedSoftmax | tries: the mask is loaded and not used | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def masked_softmax(s_ptr, keep_ptr, out_ptr, cols, ss0, ss1, sk0, sk1, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    inside = c < cols
    s = tl.load(s_ptr + row * ss0 + c * ss1, mask=inside, other=-float("inf"))
    keep = tl.load(keep_ptr + row * sk0 + c * sk1, mask=inside, other=1)
    s = tl.where(keep | True, s, -1e9)
    s = tl.where(inside, s, -float("inf"))
    e = tl.exp(s - tl.max(s, 0))
    tl.store(out_ptr + row * cols + c, e / tl.sum(e, 0), mask=inside)


def kernel_function(scores, keep):
    out = torch.empty(scores.shape, dtype=scores.dtype, device=scores.device)
    rows, cols = scores.shape
    masked_softmax[(rows,)](scores, keep, out, cols, *scores.stride(), *keep.stride(), BLOCK=triton.next_power_of_2(cols))
    return out
