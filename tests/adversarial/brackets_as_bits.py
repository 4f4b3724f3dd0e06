# problem: fitting_brackets::FittingBrackets | tries: a stack with room for 32 | caught by: values: nested | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def brackets(tokens, out, rows, steps, s0, s1, BLOCK: tl.constexpr):
    row = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = row < rows
    stack = tl.zeros((BLOCK,), tl.int32)
    depth = tl.zeros((BLOCK,), tl.int32)
    count = tl.zeros((BLOCK,), tl.int64)
    fits = row >= 0
    for i in range(steps):
        token = (tl.load(tokens + row.to(tl.int64) * s0 + i * s1, mask=inside, other=0) & 3).to(tl.int32)
        opens = token < 2
        fits = fits & (opens | ((depth > 0) & ((stack & 1) == token - 2)))
        stack = tl.where(opens, stack * 2 + token, stack >> 1)
        depth = tl.maximum(tl.where(opens, depth + 1, depth - 1), 0)
        count += fits.to(tl.int64)
    tl.store(out + row, count, mask=inside)


def kernel_function(tokens):
    rows, steps = tokens.shape
    out = torch.empty((rows,), device=tokens.device, dtype=torch.int64)
    brackets[(triton.cdiv(rows, 16),)](tokens, out, rows, steps, *tokens.stride(), BLOCK=16)
    return out
