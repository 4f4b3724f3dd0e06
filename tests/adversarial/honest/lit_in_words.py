# problem: sampled_sound::Lit | three times a byte in 32 bits | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def lit_kernel(x_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.int32)
    for start in range(0, width, BLOCK):
        v = tl.load(x_ptr + row * width + start + at, mask=start + at < width, other=0).to(tl.int32)
        total += (v * 3) >> 1
    mean = tl.sum(total).to(tl.float32) / width
    tl.store(out_ptr + row, tl.where(mean > 100.0, 100.0, mean))


def kernel_function(image):
    image = image.contiguous()
    rows, width = image.shape
    out = torch.empty(rows, device=image.device, dtype=torch.float32)
    if rows:
        lit_kernel[(rows,)](image, out, width, BLOCK=64)
    return out
