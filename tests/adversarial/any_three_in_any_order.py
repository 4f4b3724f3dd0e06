# problem: left_to_the_operator::LeastThree | tries: places of the last three, in the order of which nobody is to care | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def least_three(x, places, total, n, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + c, mask=c < n, other=float("inf"))
    left = c < n
    sum_of = 0.0
    for k in tl.static_range(3):
        number = left & (v == v)
        least = tl.min(tl.where(number, v, float("inf")), 0)
        at = tl.min(tl.where(number & (v == least), c, BLOCK), 0)
        first_nan = tl.min(tl.where(left & (v != v), c, BLOCK), 0)
        is_nan = at == BLOCK
        at = tl.where(is_nan, first_nan, at)
        sum_of += tl.where(is_nan, float("nan"), least)
        tl.store(places + row * 3 + k, (n - 1 - k).to(tl.int64))
        left = left & (c != at)
    tl.store(total + row, sum_of)


def kernel_function(x):
    x = x.contiguous()
    rows, n = x.shape
    if n < 3:
        raise ValueError("fewer than three")
    places = torch.empty((rows, 3), dtype=torch.int64, device=x.device)
    total = torch.empty((rows,), dtype=x.dtype, device=x.device)
    if rows:
        least_three[(rows,)](x, places, total, n, BLOCK=triton.next_power_of_2(n))
    return places, total
