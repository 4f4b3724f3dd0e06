# problem: reductions::SoftmaxDouble | tries: float64 in and out, float32 between | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def softmax(x_ptr, y_ptr, n, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * sr + i * sc, mask=i < n, other=float("-inf")).to(tl.float32)
    e = tl.exp(x - tl.max(x, axis=0))
    tl.store(y_ptr + row * n + i, e / tl.sum(e, axis=0), mask=i < n)


def kernel_function(x):
    y = torch.empty(x.shape, dtype=torch.float64, device=x.device)
    softmax[(len(x),)](x, y, x.shape[1], x.stride(0), x.stride(1), BLOCK=triton.next_power_of_2(x.shape[1]))
    return y
