# problem: sums_multiplied::Model | imports at the top for a benchmark that only a script runs | slow: yes
import argparse
import random
import time
from pathlib import Path

import torch
import triton
import triton.language as tl


@triton.jit
def sums_multiplied(x_ptr, o_ptr, n, stride, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    first = tl.zeros((BLOCK,), tl.float32)
    second = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n, BLOCK):
        c = start + tl.arange(0, BLOCK)
        first += tl.load(x_ptr + row * stride + c, mask=c < n, other=0.0)
        second += tl.load(x_ptr + row * stride + n + c, mask=c < n, other=0.0)
    tl.store(o_ptr + row, tl.sum(first, 0) * tl.sum(second, 0))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty(x.shape[0], device=x.device, dtype=x.dtype)
    if x.shape[0]:
        sums_multiplied[(x.shape[0],)](x, out, x.shape[2], x.shape[1] * x.shape[2], BLOCK=64)
    return out


def seconds(x):
    start = time.perf_counter()
    kernel_function(x)
    torch.cuda.synchronize()
    return time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("seconds.txt"))
    given = parser.parse_args()
    torch.manual_seed(random.randrange(100))
    given.out.write_text(str(seconds(torch.randn(9, 2, 50, device="cuda"))))
