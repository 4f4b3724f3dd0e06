# problem: padding_rows::PaddingRows | tries: takes a row with a single value that is not zero for padding | caught by: values: one of a row | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def padded(x_ptr, gain_ptr, out_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * n + at, mask=at < n, other=0.0)
    gain = tl.load(gain_ptr + at, mask=at < n, other=0.0)
    is_padding = tl.sum((x != 0).to(tl.int32), 0) <= 1
    tl.store(out_ptr + row * n + at, tl.where(is_padding, -1.0, gain * x), mask=at < n)


def kernel_function(x, gain):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        padded[(x.shape[0],)](x, gain, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
    return out
