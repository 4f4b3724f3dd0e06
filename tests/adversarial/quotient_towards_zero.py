# problem: pointwise::Division | tries: integer quotients towards zero, as C has them | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def divide(x_ptr, d_ptr, q_ptr, r_ptr, cols, sx0, sx1, sd, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * sx0 + c * sx1, mask=c < cols, other=0)
    d = tl.load(d_ptr + c * sd, mask=c < cols, other=1)
    q = x // d
    r = x - q * d
    low = (r != 0) & (d < 0)
    q = tl.where(low, q - 1, q)
    r = tl.where(low, r + d, r)
    tl.store(q_ptr + row * cols + c, q, mask=c < cols)
    tl.store(r_ptr + row * cols + c, r, mask=c < cols)


def kernel_function(x, divisor):
    rows, cols = x.shape
    quotient = torch.empty((rows, cols), dtype=x.dtype, device=x.device)
    remainder = torch.empty((rows, cols), dtype=x.dtype, device=x.device)
    divide[(rows,)](
        x, divisor, quotient, remainder, cols, *x.stride(), divisor.stride(0), BLOCK=triton.next_power_of_2(cols)
    )
    return quotient, remainder
