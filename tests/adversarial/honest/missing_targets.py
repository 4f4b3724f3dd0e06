# problem: missing_values::MissingTargets | targets that are missing, told by target == target | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def loss_kernel(x_ptr, target_ptr, out_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    total = tl.zeros((BLOCK,), tl.float32)
    count = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n, BLOCK):
        column = start + tl.arange(0, BLOCK)
        inside = column < n
        x = tl.load(x_ptr + row * n + column, mask=inside, other=0.0)
        target = tl.load(target_ptr + row * n + column, mask=inside, other=0.0)
        there = inside & (target == target)
        error = tl.where(there, x - target, 0.0)
        total += error * error
        count += (there).to(tl.float32)
    tl.store(out_ptr + row, tl.sum(total, 0) / tl.maximum(tl.sum(count, 0), 1.0))


def kernel_function(x, target):
    x, target = x.contiguous(), target.contiguous()
    rows, n = x.shape
    out = torch.empty((rows,), dtype=x.dtype, device=x.device)
    if rows:
        loss_kernel[(rows,)](x, target, out, n, BLOCK=64)
    return out
