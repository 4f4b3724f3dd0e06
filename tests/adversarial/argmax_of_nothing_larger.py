# problem: promised_inputs::PlaceOfLargest | tries: no place at all in a row of -inf | caught by: values: slices of -infinity | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def argmax_kernel(x_ptr, o_ptr, N, sx, sn, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    best = float("-inf")
    place = -1
    for c0 in range(0, N, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * sx + c * sn, mask=c < N, other=float("-inf"))
        m = tl.max(x, 0)
        first = tl.min(tl.where((x == m) & (c < N), c, 2147483647), 0)
        place = tl.where(m > best, first, place)
        best = tl.maximum(best, m)
    tl.store(o_ptr + row, place.to(tl.int64))


def kernel_function(x):
    M, N = x.shape
    assert N > 0
    out = torch.empty((M,), device=x.device, dtype=torch.int64)
    if M:
        argmax_kernel[(M,)](x, out, N, x.stride(0), x.stride(1), BLOCK=128)
    return out
