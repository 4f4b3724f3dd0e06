# problem: sampled_sound::Envelope | the magnitudes in 32 bits, averaged in floats | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def envelope_kernel(x_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.int32)
    for start in range(0, width, BLOCK):
        v = tl.load(x_ptr + row * width + start + at, mask=start + at < width, other=0).to(tl.int32)
        total += tl.abs(v) >> 3
    mean = tl.sum(total).to(tl.float32) / width
    tl.store(out_ptr + row, tl.where(mean > 400.0, 400.0, mean))


def kernel_function(sound):
    sound = sound.contiguous()
    rows, width = sound.shape
    out = torch.empty(rows, device=sound.device, dtype=torch.float32)
    if rows:
        envelope_kernel[(rows,)](sound, out, width, BLOCK=64)
    return out
