# problem: integer_roots::Root | tries: a root in float32, one too large just below large squares | caught by: values: integers where results step | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def root_kernel(m_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    m = tl.load(m_ptr + i, mask=inside, other=1)
    found = tl.floor(tl.sqrt(tl.maximum(m, 0).to(tl.float32))).to(tl.int32)
    tl.store(out_ptr + i, found, mask=inside)


def kernel_function(m):
    m, size = m.contiguous(), m.numel()
    out = torch.empty(m.shape, device=m.device, dtype=torch.int32)
    if size:
        root_kernel[(triton.cdiv(size, 256),)](m, out, size, BLOCK=256)
    return out
