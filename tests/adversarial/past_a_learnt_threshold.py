# problem: like_its_weights::Steps | tries: `>` for the module's `>=`, which differs where an element is its channel's threshold | caught by: values: numbers of the weights | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def steps(x_ptr, threshold_ptr, out_ptr, count, width, BLOCK: tl.constexpr):
    places = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + places, mask=places < count, other=0.0)
    threshold = tl.load(threshold_ptr + places % width, mask=places < count, other=0.0)
    tl.store(out_ptr + places, tl.where(x > threshold, x, 0.0), mask=places < count)


def kernel_function(x, threshold):
    x, threshold = x.contiguous(), threshold.contiguous()
    out = torch.empty_like(x)
    count = x.numel()
    if count:
        steps[(triton.cdiv(count, 256),)](x, threshold, out, count, x.shape[-1], BLOCK=256)
    return out
