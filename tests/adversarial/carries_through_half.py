# problem: long_addition::LongAddition | tries: what is carried on through more than half of the digits is lost | caught by: values: carries | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def add_digits(a, b, out, digits, a0, a1, b0, b1, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < digits
    one = tl.load(a + row * a0 + at * a1, mask=inside, other=0) & 0xFFFF
    two = tl.load(b + row * b0 + at * b1, mask=inside, other=0) & 0xFFFF
    tl.store(out + row * digits + at, one + two, mask=inside)


@triton.jit
def carry_on(sums, out, digits, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < digits
    own = tl.load(sums + row * digits + at, mask=inside, other=0)
    below = tl.load(sums + row * digits + at - 1, mask=inside & (at > 0), other=0)
    tl.store(out + row * digits + at, (own & 0xFFFF) + (below >> 16), mask=inside)


def kernel_function(a, b):
    rows, digits = a.shape
    if b.shape != a.shape:
        raise ValueError("numbers of different lengths")
    sums = torch.empty((rows, digits), device=a.device, dtype=torch.int64)
    if sums.numel() == 0:
        return sums
    other = torch.empty_like(sums)
    grid = (rows, triton.cdiv(digits, 64))
    add_digits[grid](a, b, sums, digits, *a.stride(), *b.stride(), BLOCK=64)
    for _ in range((digits + 3) // 2):
        carry_on[grid](sums, other, digits, BLOCK=64)
        sums, other = other, sums
    return sums
