# problem: ranked::AboveTheirRank | tries: rounds a rank that lies halfway up, where PyTorch takes the even one; few lengths have such | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def above(x_ptr, out_ptr, n, rank, row_stride, stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    places = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * row_stride + places * stride, mask=places < n, other=float("inf"))
    missing = tl.max(((x != x) & (places < n)).to(tl.int32), axis=0)
    ordered = tl.sort(tl.where(x == x, x, float("inf")))
    edge = tl.max(tl.where(places == rank, ordered, float("-inf")), axis=0)
    found = x - tl.where(missing > 0, float("nan"), edge)
    found = tl.where(found <= 0, 0.0, found)
    tl.store(out_ptr + row * n + places, found, mask=places < n)


def kernel_function(x):
    rows, n = x.shape
    out = torch.empty((rows, n), device=x.device, dtype=x.dtype)
    if rows and not n:
        raise ValueError("a row of nothing has no rank")
    if rows:
        rank = int(0.7 * (n - 1) + 0.5)
        above[(rows,)](x, out, n, rank, x.stride(0), x.stride(1), BLOCK=triton.next_power_of_2(n))
    return out
