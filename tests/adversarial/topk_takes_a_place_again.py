# problem: promised_inputs::LargestThree | tries: takes the largest out by -inf, and finds it again among masked ones | caught by: values: slices of -infinity | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def topk_kernel(x_ptr, v_ptr, i_ptr, N, sx, sn, K: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    c = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * sx + c * sn, mask=c < N, other=float("-inf"))
    for j in tl.static_range(K):
        best, where = tl.max(x, axis=0, return_indices=True)
        tl.store(v_ptr + row * K + j, best)
        tl.store(i_ptr + row * K + j, where.to(tl.int64))
        x = tl.where(c == where, float("-inf"), x)


def kernel_function(x):
    M, N = x.shape
    assert N >= 3
    v = torch.empty((M, 3), device=x.device, dtype=x.dtype)
    i = torch.empty((M, 3), device=x.device, dtype=torch.int64)
    if M:
        topk_kernel[(M,)](x, v, i, N, x.stride(0), x.stride(1), K=3, BLOCK=triton.next_power_of_2(N))
    return v, i
