# problem: at_the_ends::Loudness | tries: the magnitude of an int8 in int8, where that of -128 does not fit | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def loudness(samples, out, count, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    s = tl.load(samples + i, mask=i < count)
    tl.store(out + i, tl.maximum(s, -s).to(tl.float32) / 128, mask=i < count)


def kernel_function(samples):
    samples = samples.contiguous()
    out = torch.empty(samples.shape, device=samples.device)
    if out.numel():
        loudness[(triton.cdiv(out.numel(), 128),)](samples, out, out.numel(), BLOCK=128)
    return out
