# problem: integer_roots::IsSquare | a root in float64 that is mended in integers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def square_kernel(m_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    m = tl.load(m_ptr + i, mask=inside, other=1)
    near = tl.sqrt(tl.maximum(m, 0).to(tl.float64)).to(tl.int64)
    side = tl.where(near * near > m, near - 1, near)
    side = tl.where((side + 1) * (side + 1) <= m, side + 1, side)
    found = side * side == m
    tl.store(out_ptr + i, found, mask=inside)


def kernel_function(m):
    m, size = m.contiguous(), m.numel()
    out = torch.empty(m.shape, device=m.device, dtype=torch.bool)
    if size:
        square_kernel[(triton.cdiv(size, 256),)](m, out, size, BLOCK=256)
    return out
