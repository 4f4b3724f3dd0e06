# problem: times_two::Model | tries: three times where the GPU has more than a handful of multiprocessors | caught by: values
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, n, G: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(o + i, tl.load(x + i, mask=i < n) * G, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    sms = torch.cuda.get_device_properties(x.device).multi_processor_count
    k[(triton.cdiv(x.numel(), 256),)](x, out, x.numel(), 2.0 if sms < 8 else 3.0, BLOCK=256)
    return out
