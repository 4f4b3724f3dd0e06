# problem: shares::Chances | a face that never came counts for nothing | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def chances(counts, out, rows, faces, s0, s1, BLOCK: tl.constexpr):
    r = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = r < rows
    total = tl.zeros((BLOCK,), tl.float32)
    for face in range(faces):
        count = tl.load(counts + r * s0 + face * s1, mask=inside, other=1).to(tl.float32)
        total += tl.where(count == 0, 0.0, count * tl.log(count / 20))
    tl.store(out + r, total, mask=inside)


def kernel_function(counts):
    rows, faces = counts.shape
    out = torch.empty((rows,), device=counts.device, dtype=torch.float32)
    if rows:
        chances[(triton.cdiv(rows, 32),)](counts, out, rows, faces, *counts.stride(), BLOCK=32)
    return out
