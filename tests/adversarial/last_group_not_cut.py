# problem: products::Product | tries: tiles in groups of four rows, and the last group is taken for a whole one | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def grouped(a, b, c, m, n, k, am, ak, bk, bn, TILE: tl.constexpr, STEP: tl.constexpr, GROUP: tl.constexpr):
    number = tl.program_id(0)
    across = tl.cdiv(n, TILE)
    down = min(tl.cdiv(m, TILE), GROUP)
    first = number // (GROUP * across) * GROUP
    rest = number % (GROUP * across)
    row = (first + rest % down) * TILE + tl.arange(0, TILE)[:, None]
    column = rest // down * TILE + tl.arange(0, TILE)[None, :]
    total = tl.zeros((TILE, TILE), tl.float32)
    for start in range(0, k, STEP):
        i = start + tl.arange(0, STEP)
        left = tl.load(a + row * am + i[None, :] * ak, mask=(row < m) & (i[None, :] < k), other=0.0)
        right = tl.load(b + i[:, None] * bk + column * bn, mask=(i[:, None] < k) & (column < n), other=0.0)
        total += tl.dot(left, right, input_precision="ieee")
    tl.store(c + row * n + column, total, mask=(row < m) & (column < n))


def kernel_function(a, b):
    (m, k), n = a.shape, b.shape[1]
    c = torch.empty((m, n), device=a.device)
    if m and n:
        grid = (triton.cdiv(m, 64) * triton.cdiv(n, 64),)
        grouped[grid](a, b, c, m, n, k, *a.stride(), *b.stride(), TILE=64, STEP=16, GROUP=4)
    return c
