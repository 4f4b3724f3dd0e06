# problem: integer_roots::Root | a root in integers alone, by Newton's steps from a power of two above it | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def root_kernel(m_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    m = tl.load(m_ptr + i, mask=inside, other=1)
    m = tl.maximum(m, 0)
    root = tl.full((BLOCK,), 1 << 16, tl.int32)
    for _ in range(24):
        root = tl.minimum(root, (root + m // tl.maximum(root, 1)) >> 1)
    found = root
    tl.store(out_ptr + i, found, mask=inside)


def kernel_function(m):
    m, size = m.contiguous(), m.numel()
    out = torch.empty(m.shape, device=m.device, dtype=torch.int32)
    if size:
        root_kernel[(triton.cdiv(size, 256),)](m, out, size, BLOCK=256)
    return out
