# problem: attending::CrossEntropy | tries: the mean divides by the padded number of rows | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def row_losses(logits, target, losses, cols, sr, sc, st, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    label = tl.load(target + row * st)
    m = float("-inf")
    d = 0.0
    for start in range(0, cols, BLOCK):
        c = start + tl.arange(0, BLOCK)
        x = tl.load(logits + row * sr + c * sc, mask=c < cols, other=float("-inf"))
        new = tl.maximum(m, tl.max(x))
        d = d * tl.exp(m - new) + tl.sum(tl.exp(x - new))
        m = new
    picked = tl.load(logits + row * sr + label * sc)
    tl.store(losses + row, m + tl.log(d) - picked)


@triton.jit
def average(losses, out, rows, BLOCK: tl.constexpr):
    total = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, rows, BLOCK):
        r = start + tl.arange(0, BLOCK)
        total += tl.load(losses + r, mask=r < rows, other=0.0)
    tl.store(out, tl.sum(total) / (tl.cdiv(rows, 2) * 2))


def kernel_function(logits, target):
    rows, cols = logits.shape
    losses = torch.empty(rows, dtype=torch.float32, device=logits.device)
    out = torch.empty((), dtype=logits.dtype, device=logits.device)
    row_losses[(rows,)](logits, target, losses, cols, logits.stride(0), logits.stride(1), target.stride(0), BLOCK=16)
    average[(1,)](losses, out, rows, BLOCK=64)
    return out
