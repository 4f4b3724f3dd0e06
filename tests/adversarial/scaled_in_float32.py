# problem: integer_roots::Scaled | tries: a product of integers in float32, rounded otherwise where it is past 2**24 | caught by: values: integers where results step | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def scale_kernel(reading_ptr, gain_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    reading = tl.load(reading_ptr + i, mask=inside, other=0)
    gain = tl.load(gain_ptr + i, mask=inside, other=0)
    found = tl.floor(reading.to(tl.float32) * gain.to(tl.float32) / 4096 + 0.5).to(tl.int64)
    found = tl.minimum(tl.maximum(found, -(1 << 19)), (1 << 19) - 1)
    tl.store(out_ptr + i, found, mask=inside)


def kernel_function(reading, gain):
    assert reading.shape == gain.shape
    reading, gain, size = reading.contiguous(), gain.contiguous(), reading.numel()
    out = torch.empty(reading.shape, device=reading.device, dtype=torch.int64)
    if size:
        scale_kernel[(triton.cdiv(size, 256),)](reading, gain, out, size, BLOCK=256)
    return out
