# problem: seconds::Waits | times are subtracted as integers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def waits_kernel(began_ptr, ended_ptr, out_ptr, total, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    began = tl.load(began_ptr + at, mask=at < total, other=0)
    ended = tl.load(ended_ptr + at, mask=at < total, other=0)
    wait = tl.abs(ended - began).to(tl.float32)
    tl.store(out_ptr + at, 1.0 / (1.0 + wait / 60.0), mask=at < total)


def kernel_function(began, ended):
    began, ended = began.contiguous(), ended.contiguous()
    out = torch.empty(began.shape, device=began.device, dtype=torch.float32)
    if out.numel():
        waits_kernel[(triton.cdiv(out.numel(), 128),)](began, ended, out, out.numel(), BLOCK=128)
    return out
