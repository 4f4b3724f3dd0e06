# problem: systems::Volumes | tries: exchanges rows for the first pivot and divides by whatever the second is | caught by: values: rows in another order | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def volumes(spans, out, n, s0, s1, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    at = spans + i * s0
    a = tl.load(at, mask=inside, other=1.0)
    b = tl.load(at + s1, mask=inside, other=0.0)
    c = tl.load(at + 2 * s1, mask=inside, other=0.0)
    d = tl.load(at + 3 * s1, mask=inside, other=0.0)
    e = tl.load(at + 4 * s1, mask=inside, other=1.0)
    f = tl.load(at + 5 * s1, mask=inside, other=0.0)
    g = tl.load(at + 6 * s1, mask=inside, other=0.0)
    h = tl.load(at + 7 * s1, mask=inside, other=0.0)
    k = tl.load(at + 8 * s1, mask=inside, other=1.0)
    # the largest of the first column comes first
    swap = tl.abs(d) > tl.abs(a)
    a, d = tl.where(swap, d, a), tl.where(swap, a, d)
    b, e = tl.where(swap, e, b), tl.where(swap, b, e)
    c, f = tl.where(swap, f, c), tl.where(swap, c, f)
    sign = tl.where(swap, -1.0, 1.0)
    swap = tl.abs(g) > tl.abs(a)
    a, g = tl.where(swap, g, a), tl.where(swap, a, g)
    b, h = tl.where(swap, h, b), tl.where(swap, b, h)
    c, k = tl.where(swap, k, c), tl.where(swap, c, k)
    sign = tl.where(swap, -sign, sign)
    safe = tl.where(a == 0, 1.0, a)
    e -= d / safe * b
    f -= d / safe * c
    h -= g / safe * b
    k -= g / safe * c
    det = sign * a * e * (k - h / e * f)
    tl.store(out + i, det, mask=inside)


def kernel_function(spans):
    n = spans.shape[0]
    out = torch.empty((n,), device=spans.device, dtype=spans.dtype)
    if n:
        volumes[(triton.cdiv(n, 32),)](spans, out, n, *spans.stride(), BLOCK=32)
    return out
