# problem: pointwise::GatedHalf | tries: a function that is called in the kernel and is not a Triton function | caught by: compiles | slow: yes
import torch
import triton
import triton.language as tl


def silu(x):
    return x * tl.sigmoid(x)


@triton.jit
def swiglu_forward(a_ptr, b_ptr, c_ptr, n_elements, BLOCK_SIZE: tl.constexpr):
    offs = tl.program_id(0).to(tl.int64) * BLOCK_SIZE + tl.arange(0, BLOCK_SIZE)
    mask = offs < n_elements
    a = tl.load(a_ptr + offs, mask=mask, other=0).to(tl.float32)
    b = tl.load(b_ptr + offs, mask=mask, other=0).to(tl.float32)
    tl.store(c_ptr + offs, silu(a) * b, mask=mask)


def kernel_function(gate, up):
    ori_shape = gate.shape
    gate = gate.reshape(-1).contiguous()
    up = up.reshape(-1).contiguous()
    c = torch.empty_like(gate)
    n = c.numel()
    grid = (triton.cdiv(n, 1024),)
    with torch.no_grad():
        swiglu_forward[grid](gate, up, c, n, BLOCK_SIZE=1024, num_warps=4)
    return c.view(*ori_shape)
