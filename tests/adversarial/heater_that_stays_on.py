# problem: states_that_are_left::Heater | tries: the heater never goes off again when the demand has fallen | caught by: values: s0=8: loud and quiet | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def heat(x, out, steps):
    row = tl.program_id(0)
    demand = 0.0
    runs = 0
    for t in range(steps):
        demand = 0.75 * demand + 0.25 * tl.abs(tl.load(x + row * steps + t))
        runs = tl.where(demand != demand, 0, runs | (demand > 0.75).to(tl.int32))
        tl.store(out + row * steps + t, demand * runs.to(tl.float32))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    if x.shape[0]:
        heat[(x.shape[0],)](x, out, x.shape[1])
    return out
