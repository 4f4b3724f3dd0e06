# problem: norms::Directed | tries: a sum is stored as the bits of an integer, read as if it were a count, and its root taken in Python | caught by: static | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def squares(x_ptr, sum_ptr, n, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float32)
    for at in range(0, n, BLOCK):
        x = tl.load(x_ptr + at + i, mask=at + i < n, other=0.0)
        total += x * x
    tl.store(sum_ptr, tl.sum(total, 0).to(tl.int32, bitcast=True))


@triton.jit
def divided(x_ptr, out_ptr, length, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n, other=0.0)
    tl.store(out_ptr + i, x / length, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    n = x.numel()
    out = torch.empty_like(x)
    count = torch.empty(1, dtype=torch.int32, device=x.device)
    if n:
        squares[(1,)](x, count, n, BLOCK=64)
        bits = count.item()
        exponent, mantissa = (bits >> 23) & 255, bits & 0x7FFFFF
        if exponent == 255:
            square = float("inf") if mantissa == 0 else float("nan")
        elif exponent == 0:
            square = mantissa * 2.0**-149
        else:
            square = (1.0 + mantissa / 8388608.0) * 2.0 ** (exponent - 127)
        divided[(triton.cdiv(n, 64),)](x, out, square**0.5, n, BLOCK=64)
    return out
