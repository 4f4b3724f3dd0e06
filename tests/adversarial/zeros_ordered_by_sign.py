# problem: largest_places::Model | tries: orders floats by their bits, zeros by their signs | caught by: values
import torch
import triton
import triton.language as tl


@triton.jit
def place_of_largest(x_ptr, out_ptr, columns, BLOCK: tl.constexpr):
    """A value and its place in one integer: of equal values the first place is the larger one."""
    row = tl.program_id(0).to(tl.int64)
    best = tl.full((BLOCK,), -(2**63), tl.int64)
    for start in range(0, columns, BLOCK):
        at = start + tl.arange(0, BLOCK)
        value = tl.load(x_ptr + row * columns + at, at < columns, other=-float("inf"))
        bits = value.to(tl.int32, bitcast=True)
        ordered = tl.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
        ordered = tl.where(value != value, 0x7FFFFFFF, ordered)
        key = ordered.to(tl.int64) * (1 << 32) + (0xFFFFFFF - at)
        best = tl.maximum(best, tl.where(at < columns, key, -(2**63)))
    tl.store(out_ptr + row, 0xFFFFFFF - (tl.max(best, 0) & 0xFFFFFFF))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty(x.shape[0], dtype=torch.int64, device=x.device)
    if x.shape[0]:
        place_of_largest[(x.shape[0],)](x, out, x.shape[1], BLOCK=64)
    return out
