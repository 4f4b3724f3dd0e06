# problem: pointwise::GatedHalf | rounds between the operators as PyTorch does | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gated(gate, up, out, cols, g0, g1, u0, u1, BLOCK: tl.constexpr):
    r = tl.program_id(0)
    c = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    g = tl.load(gate + r * g0 + c * g1, mask=c < cols).to(tl.float32)
    s = (g / (1.0 + tl.exp(-g))).to(tl.float16)
    u = tl.load(up + r * u0 + c * u1, mask=c < cols)
    tl.store(out + r * cols + c, s * u, mask=c < cols)


def kernel_function(gate, up):
    rows, cols = gate.shape
    out = torch.empty((rows, cols), dtype=gate.dtype, device=gate.device)
    gated[(rows, triton.cdiv(cols, 32))](gate, up, out, cols, *gate.stride(), *up.stride(), BLOCK=32)
    return out
