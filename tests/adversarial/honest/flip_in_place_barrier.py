# problem: threads_of_one_program::Flipped | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def flip_kernel(out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(out_ptr + row * width + (width - 1 - column), mask=inside, other=0.0)
    tl.debug_barrier()
    tl.store(out_ptr + row * width + column, x * 2, mask=inside)


def kernel_function(x):
    out = x.clone(memory_format=torch.contiguous_format)
    if x.numel():
        flip_kernel[(x.shape[0],)](out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
    return out
