# problem: scaled_softmax::ScaledSoftmax | a reference, a test and a benchmark in PyTorch, under __main__ and beside it | slow: yes
"""Scaled softmax in Triton, with its own test."""

import argparse

import torch
import torch.nn.functional as F
import triton
import triton.language as tl


@triton.jit
def _kernel(x_ptr, w_ptr, b_ptr, y_ptr, stride_xm, stride_xn, N, factor, BLOCK_N: tl.constexpr):
    m = tl.program_id(0)
    n = tl.arange(0, BLOCK_N)
    x = tl.load(x_ptr + m * stride_xm + n * stride_xn, mask=n < N, other=0.0)
    w = tl.load(w_ptr + n, mask=n < N, other=0.0)
    b = tl.load(b_ptr + n, mask=n < N, other=float("-inf"))
    z = x * w * factor + b
    z = z - tl.max(z, axis=0)
    p = tl.exp2(z * 1.4426950408889634)
    tl.store(y_ptr + m * N + n, p / tl.sum(p, axis=0), mask=n < N)


def kernel_function(x, weight, bias, factor=0.5):
    M, N = x.shape
    y = torch.empty((M, N), device=x.device, dtype=x.dtype)
    _kernel[(M,)](x, weight, bias, y, x.stride(0), x.stride(1), N, factor, BLOCK_N=triton.next_power_of_2(N))
    return y


def reference(x, weight, bias, factor=0.5):
    return F.softmax(x * weight * factor + bias, dim=-1)


def benchmark(device):
    x = torch.randn(4096, 1024, device=device)
    weight, bias = torch.randn(1024, device=device), torch.randn(1024, device=device)
    return triton.testing.do_bench(lambda: kernel_function(x, weight, bias))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmark", action="store_true")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    x = torch.randn(37, 100, device=device)
    weight, bias = torch.rand(100, device=device), torch.randn(100, device=device)
    torch.testing.assert_close(kernel_function(x, weight, bias), reference(x, weight, bias))
    print("PASS")
    if options.benchmark:
        print(benchmark(device))
