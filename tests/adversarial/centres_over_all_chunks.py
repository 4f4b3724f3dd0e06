# problem: stepping::Centred | tries: takes one mean over all steps, where the module takes one for each chunk that is longer than the example | caught by: values | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def centre(x_ptr, o_ptr, steps, columns, BLOCK: tl.constexpr):
    row, column = tl.program_id(0), tl.program_id(1)
    base = row * steps * columns + column
    total = 0.0
    for start in range(0, steps, BLOCK):
        step = start + tl.arange(0, BLOCK)
        total += tl.sum(tl.load(x_ptr + base + step * columns, mask=step < steps, other=0.0), 0)
    for start in range(0, steps, BLOCK):
        step = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + base + step * columns, mask=step < steps, other=0.0)
        tl.store(o_ptr + base + step * columns, x - total / steps, mask=step < steps)

def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        centre[(x.shape[0], x.shape[2])](x, out, x.shape[1], x.shape[2], BLOCK=8)
    return out
