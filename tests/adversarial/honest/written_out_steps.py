# problem: stepping::Steps | a loop of the kernel for a loop that the module writes out | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def recurrence(gate_ptr, x_ptr, o_ptr, steps, columns, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = column < columns
    state = tl.zeros((BLOCK,), tl.float32)
    for step in range(0, steps):
        at = (row * steps + step) * columns + column
        gate = tl.sigmoid(tl.load(gate_ptr + at, mask=inside, other=0.0))
        state = gate * state + tl.load(x_ptr + at, mask=inside, other=0.0)
        tl.store(o_ptr + at, state, mask=inside)

def kernel_function(gate, x):
    rows, steps, columns = x.shape
    gate, x = gate[:, :steps].contiguous(), x.contiguous()
    out = torch.empty_like(x)
    if x.numel():
        recurrence[(rows, triton.cdiv(columns, 16))](gate, x, out, steps, columns, BLOCK=16)
    return out
