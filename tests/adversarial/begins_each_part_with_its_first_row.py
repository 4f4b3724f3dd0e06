# problem: shares::PartSums | tries: takes every part to have a row | caught by: values: shares of a whole | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def part_sums(X, lengths, out, columns, x0, x1, l0, BLOCK: tl.constexpr):
    part = tl.program_id(0)
    c = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = c < columns
    start = tl.zeros((), tl.int64)
    for k in range(part):
        start += tl.load(lengths + k * l0)
    count = tl.load(lengths + part * l0)
    total = tl.load(X + start * x0 + c * x1, mask=inside, other=0.0)
    for r in range(1, count):
        total += tl.load(X + (start + r) * x0 + c * x1, mask=inside, other=0.0)
    tl.store(out + part * columns + c, total, mask=inside)


def kernel_function(x, lengths):
    parts, columns = lengths.shape[0], x.shape[1]
    if parts == 0:
        raise ValueError("no parts")
    out = torch.empty((parts, columns), device=x.device, dtype=x.dtype)
    if columns:
        grid = (parts, triton.cdiv(columns, 16))
        part_sums[grid](x, lengths, out, columns, *x.stride(), *lengths.stride(), BLOCK=16)
    return out
