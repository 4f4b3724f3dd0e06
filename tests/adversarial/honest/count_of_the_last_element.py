# problem: kept_above::Model | .item() of the last element | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def count(x_ptr, count_ptr, n, stride, BLOCK: tl.constexpr):
    p = tl.program_id(0)
    i = p * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i * stride, mask=i < n, other=0.0)
    tl.store(count_ptr + p, tl.sum((x > 0.5).to(tl.int32), 0))


@triton.jit
def prefix(count_ptr, p, blocks, BLOCK: tl.constexpr):
    carry = 0
    for start in range(0, blocks, BLOCK):
        i = start + tl.arange(0, BLOCK)
        c = tl.load(count_ptr + i, mask=i < blocks, other=0)
        tl.store(p + i, tl.cumsum(c, 0) - c + carry, mask=i < blocks)
        carry += tl.sum(c, 0)
    tl.store(p + blocks, carry)


@triton.jit
def put(x_ptr, p, out_ptr, n, stride, BLOCK: tl.constexpr):
    block = tl.program_id(0)
    i = block * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i * stride, mask=i < n, other=0.0)
    kept = x > 0.5
    tl.store(out_ptr + tl.load(p + block) + tl.cumsum(kept.to(tl.int32), 0) - 1, x, mask=kept)


def kernel_function(x):
    n = x.numel()
    blocks = triton.cdiv(n, 32)
    counts = torch.empty(blocks, dtype=torch.int32, device=x.device)
    p = torch.empty(blocks + 1, dtype=torch.int32, device=x.device)
    if blocks:
        count[(blocks,)](x, counts, n, x.stride(0), BLOCK=32)
    prefix[(1,)](counts, p, blocks, BLOCK=32)
    total = p[-1].item()
    out = torch.empty(total, dtype=x.dtype, device=x.device)
    if total:
        put[(blocks,)](x, p, out, n, x.stride(0), BLOCK=32)
    return out
