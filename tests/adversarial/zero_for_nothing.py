# problem: reductions::Spread | tries: the variance of nothing is -0, since 0 is divided by n - 1, where NaN is due | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def var_mean(x_ptr, var_ptr, mean_ptr, n, sr, sc, correction: tl.constexpr, BLOCK: tl.constexpr):
    r = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + r * sr + i * sc, mask=i < n, other=0.0)
    mean = tl.sum(x) / n
    d = tl.where(i < n, x - mean, 0.0)
    tl.store(mean_ptr + r, mean)
    if n == 1:
        tl.store(var_ptr + r, float("nan"))
    else:
        tl.store(var_ptr + r, tl.sum(d * d) / (n - correction))


def kernel_function(x):
    rows, n = x.shape
    var = torch.empty(rows, dtype=x.dtype, device=x.device)
    mean = torch.empty(rows, dtype=x.dtype, device=x.device)
    block = max(1, triton.next_power_of_2(n))
    var_mean[(rows,)](x, var, mean, n, x.stride(0), x.stride(1), correction=1, BLOCK=block)
    return var, mean
