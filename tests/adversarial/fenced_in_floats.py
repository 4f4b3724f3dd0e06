# problem: fenced::Fenced | tries: squares of large integers in float32 | caught by: values: integers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def fence_kernel(points_ptr, reach_ptr, out_ptr, n, count, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n * count
    point, which = i // count, i % count
    x = tl.load(points_ptr + 2 * point, mask=inside, other=0).to(tl.float32)
    y = tl.load(points_ptr + 2 * point + 1, mask=inside, other=0).to(tl.float32)
    reach = tl.load(reach_ptr + which, mask=inside, other=0).to(tl.float32)
    tl.store(out_ptr + i, x * x + y * y <= reach * reach, mask=inside)


def kernel_function(points, reach):
    assert points.shape[1] == 2
    points, reach = points.contiguous(), reach.contiguous()
    n, count = points.shape[0], reach.shape[0]
    out = torch.empty((n, count), device=points.device, dtype=torch.bool)
    if out.numel():
        fence_kernel[(triton.cdiv(n * count, 128),)](points, reach, out, n, count, BLOCK=128)
    return out
