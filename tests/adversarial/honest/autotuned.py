# problem: layers::TanhScaled | an autotuner with configurations of different blocks | slow: yes
import torch
import triton
import triton.language as tl


@triton.autotune(
    configs=[triton.Config({"BLOCK": 128}, num_warps=2), triton.Config({"BLOCK": 512}, num_warps=4)], key=["n"]
)
@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    tl.store(out_ptr + i, (2.0 * tl.sigmoid(2.0 * x) - 1.0) * 3.0, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    tanh_scaled[lambda meta: (triton.cdiv(x.numel(), meta["BLOCK"]),)](x, out, x.numel())
    return out
