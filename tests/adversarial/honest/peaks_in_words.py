# problem: sampled_sound::Peaks | 16ths of a step in 32 bits, sums in 64 | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def peaks_kernel(x_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.int64)
    for start in range(0, width, BLOCK):
        v = tl.load(x_ptr + row * width + start + at, mask=start + at < width, other=0).to(tl.int32)
        total += (tl.maximum(tl.abs(v) - 2000, 0) >> 4).to(tl.int64)
    tl.store(out_ptr + row, tl.minimum(tl.sum(total), 900))


def kernel_function(sound):
    sound = sound.contiguous()
    rows, width = sound.shape
    out = torch.empty(rows, device=sound.device, dtype=torch.int64)
    if rows:
        peaks_kernel[(rows,)](sound, out, width, BLOCK=64)
    return out
