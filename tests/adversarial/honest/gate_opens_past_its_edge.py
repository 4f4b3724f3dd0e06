# problem: thresholds_of_several::Gate | the power as the sum of squares by the width | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gate_kernel(x_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, width, BLOCK):
        v = tl.load(x_ptr + row * width + start + at, mask=start + at < width, other=0.0)
        total += v * v
    opens = tl.sum(total) / width > 0.5625
    for start in range(0, width, BLOCK):
        v = tl.load(x_ptr + row * width + start + at, mask=start + at < width, other=0.0)
        tl.store(out_ptr + row * width + start + at, tl.where(opens, v, 0.0), mask=start + at < width)


def kernel_function(x):
    x = x.contiguous()
    rows, width = x.shape
    out = torch.empty_like(x)
    if out.numel():
        gate_kernel[(rows,)](x, out, width, BLOCK=64)
    return out
