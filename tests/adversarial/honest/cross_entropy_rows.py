# problem: attending::CrossEntropy | a loss for each row, then a second kernel that averages them | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def row_losses(logits, target, losses, cols, sr, sc, st, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    label = tl.load(target + row * st)
    counts = label != -100  # PyTorch's ignore_index
    m = float("-inf")
    d = 0.0
    for start in range(0, cols, BLOCK):
        c = start + tl.arange(0, BLOCK)
        x = tl.load(logits + row * sr + c * sc, mask=c < cols, other=float("-inf"))
        new = tl.maximum(m, tl.max(x))
        d = d * tl.exp(m - new) + tl.sum(tl.exp(x - new))
        m = new
    picked = tl.load(logits + row * sr + label * sc, mask=counts, other=0.0)
    tl.store(losses + row, m + tl.log(d) - picked)


@triton.jit
def average(losses, target, out, rows, st, BLOCK: tl.constexpr):
    total = tl.zeros((BLOCK,), tl.float32)
    count = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, rows, BLOCK):
        r = start + tl.arange(0, BLOCK)
        counts = tl.load(target + r * st, mask=r < rows, other=-100) != -100
        total += tl.load(losses + r, mask=counts, other=0.0)
        count += counts.to(tl.float32)
    tl.store(out, tl.sum(total) / tl.sum(count))


def kernel_function(logits, target):
    rows, cols = logits.shape
    losses = torch.empty(rows, dtype=torch.float32, device=logits.device)
    out = torch.empty((), dtype=logits.dtype, device=logits.device)
    row_losses[(rows,)](logits, target, losses, cols, logits.stride(0), logits.stride(1), target.stride(0), BLOCK=16)
    average[(1,)](losses, target, out, rows, target.stride(0), BLOCK=64)
    return out
