# problem: shares::Surprise | a share of 0 surprises nobody | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def surprise(P, V, entropies, expected, rows, columns, p0, p1, v0, v1, BLOCK: tl.constexpr):
    c = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = c < columns
    entropy = tl.zeros((BLOCK,), tl.float32)
    mean = tl.zeros((BLOCK,), tl.float32)
    for r in range(rows):
        p = tl.load(P + r * p0 + c * p1, mask=inside, other=1.0)
        v = tl.load(V + r * v0 + c * v1, mask=inside, other=0.0)
        logarithm = tl.where(p == 0.0, 0.0, tl.log(p))
        entropy -= p * logarithm
        mean += p * v
    tl.store(entropies + c, entropy, mask=inside)
    tl.store(expected + c, mean, mask=inside)


def kernel_function(p, values):
    rows, columns = p.shape
    entropies = torch.empty((columns,), device=p.device, dtype=p.dtype)
    expected = torch.empty_like(entropies)
    if columns:
        grid = (triton.cdiv(columns, 32),)
        surprise[grid](p, values, entropies, expected, rows, columns, *p.stride(), *values.stride(), BLOCK=32)
    return entropies, expected
