# problem: like_its_weights::Sines | tries: leaves out the bound below a square root, which rounding passes where a vector lies along a direction | caught by: values: rows of the weights | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def sines(x_ptr, d_ptr, out_ptr, directions, width, BLOCK_D: tl.constexpr, BLOCK_W: tl.constexpr):
    row = tl.program_id(0)
    d = tl.program_id(1) * BLOCK_D + tl.arange(0, BLOCK_D)
    w = tl.arange(0, BLOCK_W)
    x = tl.load(x_ptr + row * width + w, mask=w < width, other=0.0)
    inside = (d[:, None] < directions) & (w[None, :] < width)
    direction = tl.load(d_ptr + d[:, None] * width + w[None, :], mask=inside, other=0.0)
    x = x / tl.maximum(tl.sqrt_rn(tl.sum(x * x, axis=0)), 1e-12)
    length = tl.maximum(tl.sqrt_rn(tl.sum(direction * direction, axis=1)), 1e-12)
    along = tl.sum(direction / length[:, None] * x[None, :], axis=1)
    tl.store(out_ptr + row * directions + d, tl.sqrt_rn(1 - along * along), mask=d < directions)


def kernel_function(x, directions):
    x, directions = x.contiguous(), directions.contiguous()
    rows, width = x.shape
    count = len(directions)
    out = torch.empty(rows, count, device=x.device, dtype=x.dtype)
    if rows:
        block = triton.next_power_of_2(width)
        sines[(rows, triton.cdiv(count, 16))](x, directions, out, count, width, BLOCK_D=16, BLOCK_W=block)
    return out
