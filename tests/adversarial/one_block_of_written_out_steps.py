# problem: stepping::Steps | tries: has one block for all steps of a loop that the trace wrote out for the example's | caught by: outputs written | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def joined(gate, state, next_gate, next_state):
    return gate * next_gate, state * next_gate + next_state

@triton.jit
def scan(gate_ptr, x_ptr, o_ptr, steps, columns, STEPS: tl.constexpr):
    row, column = tl.program_id(0) // columns, tl.program_id(0) % columns
    step = tl.arange(0, STEPS)
    at = (row * steps + step) * columns + column
    gate = tl.sigmoid(tl.load(gate_ptr + at, mask=step < steps, other=0.0))
    x = tl.load(x_ptr + at, mask=step < steps, other=0.0)
    _, state = tl.associative_scan((gate, x), 0, joined)
    tl.store(o_ptr + at, state, mask=step < steps)

def kernel_function(gate, x):
    gate, x = gate[:, : x.shape[1]].contiguous(), x.contiguous()
    rows, steps, columns = x.shape
    out = torch.empty_like(x)
    if x.numel():
        scan[(rows * columns,)](gate, x, out, steps, columns, STEPS=32)
    return out
