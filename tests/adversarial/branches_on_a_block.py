# problem: pointwise::GatedHalf | tries: `if` on a block, which the interpreter takes for true | caught by: runs | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gated(gate_ptr, up_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    if inside:
        gate = tl.load(gate_ptr + i, mask=inside, other=0.0).to(tl.float32)
        up = tl.load(up_ptr + i, mask=inside, other=0.0).to(tl.float32)
        gated = (gate * tl.sigmoid(gate)).to(tl.float16).to(tl.float32)
        tl.store(out_ptr + i, (gated * up).to(tl.float16), mask=inside)


def kernel_function(gate, up):
    gate, up = gate.contiguous(), up.contiguous()
    out = torch.empty_like(gate)
    n = out.numel()
    gated[(triton.cdiv(n, 128),)](gate, up, out, n, BLOCK=128)
    return out
