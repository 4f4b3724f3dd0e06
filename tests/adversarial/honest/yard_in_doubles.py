# problem: fenced::InTheYard | squares in float64, which the largest coordinates need | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def yard_kernel(points_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    x = tl.load(points_ptr + 2 * i, mask=inside, other=0).to(tl.float64) - 1200
    y = tl.load(points_ptr + 2 * i + 1, mask=inside, other=0).to(tl.float64) + 700
    tl.store(out_ptr + i, x * x + y * y <= 400000000.0, mask=inside)


def kernel_function(points):
    assert points.shape[1] == 2
    points = points.contiguous()
    n = points.shape[0]
    out = torch.empty(n, device=points.device, dtype=torch.bool)
    if n:
        yard_kernel[(triton.cdiv(n, 128),)](points, out, n, BLOCK=128)
    return out
