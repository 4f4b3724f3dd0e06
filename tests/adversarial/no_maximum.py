# problem: reductions::LogSumExp | tries: exponentials of the values themselves: overflows beyond 88 | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def lse(x_ptr, y_ptr, n, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * sr + c * sc, mask=c < n, other=float("-inf"))
    tl.store(y_ptr + row, tl.log(tl.sum(tl.exp(x))))


def kernel_function(x):
    y = torch.empty(x.shape[0], dtype=x.dtype, device=x.device)
    lse[(x.shape[0],)](x, y, x.shape[1], *x.stride(), BLOCK=triton.next_power_of_2(x.shape[1]))
    return y
