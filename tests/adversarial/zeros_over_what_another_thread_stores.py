# problem: threads_of_one_program::Winner | tries: zeros by all threads, then the value by one of them, and no barrier between | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def winner_kernel(x_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(x_ptr + row * width + column, mask=inside, other=float("-inf"))
    best = tl.argmax(x, axis=0)
    largest = tl.load(x_ptr + row * width + best)
    tl.store(out_ptr + row * width + column, tl.zeros((BLOCK,), tl.float32), mask=inside)
    tl.store(out_ptr + row * width + best, largest)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        winner_kernel[(x.shape[0],)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
    return out
