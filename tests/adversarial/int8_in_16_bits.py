# problem: int8_product::Model | tries: adds products of int8 in 16 bits | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, w, o, M, N, K, x0, x1, w0, w1, B: tl.constexpr):
    m = tl.program_id(0)
    n = tl.arange(0, B)
    acc = tl.zeros([B], tl.int16)
    for c in range(K):
        a = tl.load(x + m * x0 + c * x1).to(tl.int16)
        acc += a * tl.load(w + c * w0 + n * w1, mask=n < N, other=0).to(tl.int16)
    tl.store(o + m * N + n, acc.to(tl.float32) * 0.01, mask=n < N)


def kernel_function(x, w):
    M, K = x.shape
    N = w.shape[1]
    o = torch.empty((M, N), dtype=torch.float32, device=x.device)
    k[(M,)](x, w, o, M, N, K, *x.stride(), *w.stride(), B=triton.next_power_of_2(N))
    return o
