# problem: systems::Systems | eliminates above and below, the largest of each column first | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def solve(A, B, out, a0, a1, a2, b0, b1, N: tl.constexpr):
    m = tl.program_id(0)
    i = tl.arange(0, N)
    a = tl.load(A + m * a0 + i[:, None] * a1 + i[None, :] * a2)
    b = tl.load(B + m * b0 + i * b1)
    for k in range(N):
        column = tl.sum(tl.where(i[None, :] == k, a, 0.0), 1)
        p = tl.argmax(tl.where(i >= k, tl.abs(column), -1.0), 0)
        pivot = tl.sum(tl.where(i == p, column, 0.0), 0)
        above = tl.sum(tl.where(i[:, None] == p, a, 0.0), 0)
        right = tl.sum(tl.where(i == p, b, 0.0), 0)
        first = tl.sum(tl.where(i[:, None] == k, a, 0.0), 0)
        before = tl.sum(tl.where(i == k, b, 0.0), 0)
        a = tl.where((i == p)[:, None], first[None, :], a)
        b = tl.where(i == p, before, b)
        a = tl.where((i == k)[:, None], above[None, :], a)
        b = tl.where(i == k, right, b)
        column = tl.sum(tl.where(i[None, :] == k, a, 0.0), 1)
        factor = tl.where(i == k, 0.0, column / pivot)
        a -= factor[:, None] * above[None, :]
        b -= factor * right
    diagonal = tl.sum(tl.where(i[:, None] == i[None, :], a, 0.0), 1)
    tl.store(out + m * N + i, b / diagonal)


def kernel_function(a, b):
    n = a.shape[0]
    out = torch.empty((n, 4), device=a.device, dtype=a.dtype)
    if n:
        solve[(n,)](a, b, out, *a.stride(), *b.stride(), N=4)
    return out
