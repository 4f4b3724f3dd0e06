# problem: layers::TanhScaled | tries: the store has a mask, the load has none | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl

ACCUMULATOR = {torch.float16: tl.float32, torch.bfloat16: tl.float32, torch.float32: tl.float32, torch.float64: tl.float64}


@triton.jit
def tanh(x):
    e = tl.exp(-2.0 * tl.abs(x))
    t = (1.0 - e) / (1.0 + e)
    near = x * (1.0 - x * x * (0.3333333333333333 - x * x * 0.13333333333333333))
    t = tl.where(x < 0, -t, t)
    return tl.where(tl.abs(x) < 0.02, near, t)


@triton.jit
def scaled_tanh(x_ptr, y_ptr, n, factor, ACC: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i).to(ACC)
    tl.store(y_ptr + i, (tanh(x) * factor).to(y_ptr.dtype.element_ty), mask=i < n)


def kernel_function(x):
    if x.dtype not in ACCUMULATOR:
        raise TypeError(f"no kernel for {x.dtype}")
    flat = x.reshape(-1)
    y = torch.empty_like(flat, memory_format=torch.contiguous_format)
    if not flat.is_contiguous():
        flat = flat.contiguous()
    scaled_tanh[(triton.cdiv(flat.numel(), 128),)](flat, y, flat.numel(), 3.0, ACC=ACCUMULATOR[x.dtype], BLOCK=128)
    return y.reshape(x.shape)
