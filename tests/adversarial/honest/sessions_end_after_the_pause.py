# problem: thresholds_of_several::Sessions | pauses counted a block at a time | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def session_kernel(minutes_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    before = tl.zeros((), tl.int64)
    for start in range(0, width, BLOCK):
        i = start + at
        inside = i < width
        now = tl.load(minutes_ptr + row * width + i, mask=inside, other=0.0)
        last = tl.load(minutes_ptr + row * width + i - 1, mask=inside & (i > 0), other=0.0)
        begins = (inside & (i > 0) & ((now - last) * 60.0 > 1800.0)).to(tl.int64)
        tl.store(out_ptr + row * width + i, before + tl.cumsum(begins, 0), mask=inside)
        before += tl.sum(begins)


def kernel_function(minutes):
    minutes = minutes.contiguous()
    rows, width = minutes.shape
    out = torch.empty((rows, width), device=minutes.device, dtype=torch.int64)
    if out.numel():
        session_kernel[(rows,)](minutes, out, width, BLOCK=32)
    return out
