# problem: edits::Edits | tries: looks only at places that are near each other | caught by: values: shifted | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def edits(a, b, rows, out, n, m, a0, a1, b0, b1, band):
    pair = tl.program_id(0).to(tl.int64)
    row = rows + pair * (m + 1)
    for j in range(m + 1):
        tl.store(row + j, j)
    for i in range(n):
        token = tl.load(a + pair * a0 + i * a1)
        corner = tl.load(row)
        left = (i + 1).to(tl.int64)
        tl.store(row, left)
        for j in range(m):
            above = tl.load(row + j + 1)
            differ = tl.where(token != tl.load(b + pair * b0 + j * b1), 1, 0)
            left = tl.minimum(tl.minimum(above, left) + 1, corner + differ)
            far = tl.maximum(i - j, j - i)
            left = tl.where(far > band, 1 << 30, left).to(tl.int64)
            corner = above
            tl.store(row + j + 1, left)
    tl.store(out + pair, tl.load(row + m))


def kernel_function(a, b):
    pairs, n = a.shape
    m = b.shape[1]
    if b.shape[0] != pairs:
        raise ValueError("as many rows of the one as of the other")
    out = torch.empty((pairs,), device=a.device, dtype=torch.int64)
    rows = torch.empty((pairs, m + 1), device=a.device, dtype=torch.int64)
    if pairs:
        edits[(pairs,)](a, b, rows, out, n, m, *a.stride(), *b.stride(), abs(n - m) + max(n, m) // 3)
    return out
