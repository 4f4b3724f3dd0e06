# problem: relu_doubled::Model | tries: right in the first of an autotuner's configurations alone | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

@triton.autotune(configs=[triton.Config({"BLOCK": b}) for b in (128, 64, 256)], key=["n"])
@triton.jit
def relu_kernel(x_ptr, o_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    m = offs < n
    x = tl.load(x_ptr + offs, mask=m)
    y = tl.maximum(x, 0.0) * (BLOCK // 64)
    tl.store(o_ptr + offs, y, mask=m)

def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    n = x.numel()
    if n:
        relu_kernel[lambda meta: (triton.cdiv(n, meta["BLOCK"]),)](x, out, n)
    return out
