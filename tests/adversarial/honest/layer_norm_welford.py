# problem: norms::RowNorm | mean and variance by Welford's rule in tl.reduce with a combine function
import torch
import triton
import triton.language as tl


@triton.jit
def combine(mean_a, m2_a, count_a, mean_b, m2_b, count_b):
    count = count_a + count_b
    share = tl.where(count > 0, count_b / tl.maximum(count, 1.0), 0.0)
    delta = mean_b - mean_a
    return mean_a + delta * share, m2_a + m2_b + delta * delta * count_a * share, count


@triton.jit
def row_norm(x_ptr, w_ptr, b_ptr, y_ptr, n, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    inside = col < n
    x = tl.load(x_ptr + row * n + col, mask=inside, other=0.0)
    count = inside.to(tl.float32)
    mean, m2, total = tl.reduce((x, tl.zeros_like(x), count), 0, combine)
    y = (x - mean) * tl.rsqrt(m2 / total + eps)
    y = y * tl.load(w_ptr + col, mask=inside) + tl.load(b_ptr + col, mask=inside)
    tl.store(y_ptr + row * n + col, y + x, mask=inside)


def kernel_function(x, norm_weight, norm_bias, eps=1e-2):
    x = x.contiguous()
    n = x.size(-1)
    y = torch.empty_like(x)
    if x.numel():
        row_norm[(x.numel() // n,)](x, norm_weight, norm_bias, y, n, eps, BLOCK=triton.next_power_of_2(n))
    return y
