# problem: bytes_of_whole_numbers::Bytes | bytes by way of int32, as the module makes them | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def to_bytes(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n)
    tl.store(y_ptr + i, (x * 100).to(tl.int32).to(tl.uint8), mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    y = torch.empty(x.shape, device=x.device, dtype=torch.uint8)
    if x.numel():
        to_bytes[(triton.cdiv(x.numel(), 128),)](x, y, x.numel(), BLOCK=128)
    return y
