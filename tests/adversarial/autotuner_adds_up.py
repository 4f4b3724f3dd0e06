# problem: double_sum::Model | tries: adds to its output and names no reset_to_zero: the autotuner runs it many times | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.autotune(
    configs=[triton.Config({"B": 32}), triton.Config({"B": 64}), triton.Config({"B": 128})], key=["n", "m"]
)
@triton.jit
def k(x, o, m, n, s0, s1, B: tl.constexpr):
    r = tl.program_id(0)
    i = tl.program_id(1) * B + tl.arange(0, B)
    v = tl.load(x + r * s0 + i * s1, mask=i < n, other=0.0)
    tl.atomic_add(o + i, v, mask=i < n)


def kernel_function(x):
    m, n = x.shape
    o = torch.zeros((n,), dtype=x.dtype, device=x.device)
    k[lambda M: (m, triton.cdiv(n, M["B"]))](x, o, m, n, x.stride(0), x.stride(1))
    return o
