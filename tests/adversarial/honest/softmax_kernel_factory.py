# problem: scaled_softmax::ScaledSoftmax | kernels chosen from a table by the width, functools.partial for the launch | slow: yes
import functools

import torch
import triton
import triton.language as tl


@triton.jit
def in_registers(x, w, b, y, n, s0, s1, factor, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    z = tl.load(x + row * s0 + c * s1, mask=c < n, other=0.0) * tl.load(w + c, mask=c < n, other=0.0) * factor
    z = tl.where(c < n, z + tl.load(b + c, mask=c < n, other=0.0), float("-inf"))
    e = tl.exp(z - tl.max(z))
    tl.store(y + row * n + c, e / tl.sum(e), mask=c < n)


@triton.jit
def in_blocks(x, w, b, y, n, s0, s1, factor, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    top = tl.full((BLOCK,), float("-inf"), tl.float32)
    for c0 in range(0, n, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        z = tl.load(x + row * s0 + c * s1, mask=c < n, other=0.0) * tl.load(w + c, mask=c < n, other=0.0) * factor
        z = tl.where(c < n, z + tl.load(b + c, mask=c < n, other=0.0), float("-inf"))
        tl.store(y + row * n + c, z, mask=c < n)
        top = tl.maximum(top, z)
    largest = tl.max(top)
    total = 0.0
    for c0 in range(0, n, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        e = tl.exp(tl.load(y + row * n + c, mask=c < n, other=float("-inf")) - largest)
        tl.store(y + row * n + c, e, mask=c < n)
        total += tl.sum(e)
    for c0 in range(0, n, BLOCK):
        c = c0 + tl.arange(0, BLOCK)
        tl.store(y + row * n + c, tl.load(y + row * n + c, mask=c < n) / total, mask=c < n)


KERNELS = {True: (in_registers, None), False: (in_blocks, 64)}


@functools.lru_cache(maxsize=64)
def choose(width: int):
    kernel, block = KERNELS[width <= 64]
    return kernel, block or triton.next_power_of_2(width)


def kernel_function(x, weight, bias, factor=0.5):
    rows, n = x.shape
    kernel, block = choose(n)
    out = torch.empty((rows, n), dtype=x.dtype, device=x.device)
    launch = functools.partial(kernel[(rows,)], BLOCK=block)
    launch(x, weight, bias, out, n, x.stride(0), x.stride(1), factor)
    return out
