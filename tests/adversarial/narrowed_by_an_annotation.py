# problem: times_two::Model | tries: hands 300 to an argument that its annotation makes 8 bits wide | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def times_two(x_ptr, out_ptr, n, gain: tl.int8, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    x = tl.load(x_ptr + offsets, mask=inside)
    tl.store(out_ptr + offsets, x * (gain.to(tl.int32) - 298), mask=inside)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    times_two[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), 300, BLOCK=256)
    return out
