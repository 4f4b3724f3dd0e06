# problem: around_a_point::Winding | tries: counts an edge's upper end in place of its lower one | caught by: values: few whole numbers | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def winding_kernel(points_ptr, corners_ptr, out_ptr, n, corners, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    x = tl.load(points_ptr + 2 * i, mask=inside, other=0.0)
    y = tl.load(points_ptr + 2 * i + 1, mask=inside, other=0.0)
    found = tl.zeros((BLOCK,), tl.int64)
    for corner in range(0, corners):
        following = tl.where(corner + 1 == corners, 0, corner + 1)
        x0, y0 = tl.load(corners_ptr + 2 * corner), tl.load(corners_ptr + 2 * corner + 1)
        x1, y1 = tl.load(corners_ptr + 2 * following), tl.load(corners_ptr + 2 * following + 1)
        side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        found += ((y0 < y) & (y1 >= y) & (side > 0)).to(tl.int64)
        found -= ((y0 >= y) & (y1 < y) & (side < 0)).to(tl.int64)
    tl.store(out_ptr + i, found, mask=inside)


def kernel_function(points, corners):
    points, corners = points.contiguous(), corners.contiguous()
    n = points.shape[0]
    out = torch.empty(n, device=points.device, dtype=torch.int64)
    if n:
        winding_kernel[(triton.cdiv(n, 64),)](points, corners, out, n, corners.shape[0], BLOCK=64)
    return out
