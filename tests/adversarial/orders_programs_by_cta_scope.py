# problem: whole_sum::Model | tries: orders programs by an atomic of scope cta | caught by: memory | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def k(x_ptr, p_ptr, c_ptr, o_ptr, n, G, B: tl.constexpr, GB: tl.constexpr):
    pid = tl.program_id(0)
    s = 0.0
    for t in range(pid * B, n, G * B):
        i = t + tl.arange(0, B)
        s += tl.sum(tl.load(x_ptr + i, mask=i < n, other=0.0), 0)
    tl.store(p_ptr + pid, s)
    tl.debug_barrier()
    done = tl.atomic_add(c_ptr, 1, sem="acq_rel", scope="cta")
    if done == G - 1:
        g = tl.arange(0, GB)
        p = tl.load(p_ptr + g, mask=g < G, other=0.0)
        tl.store(o_ptr, tl.sum(p, 0))

def kernel_function(x):
    x = x.contiguous()
    n = x.numel()
    G = 8
    p = torch.empty((G,), device=x.device, dtype=torch.float32)
    c = torch.zeros((1,), device=x.device, dtype=torch.int32)
    o = torch.empty((), device=x.device, dtype=x.dtype)
    k[(G,)](x, p, c, o, n, G, B=256, GB=8)
    return o
