# problem: through_float8::Dequantised | shows: numbers of 8 bits as an input | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def dequantise(q_ptr, scale_ptr, y_ptr, n, q_row, q_step, scale_row, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    scale = tl.load(scale_ptr + row * scale_row)
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        q = tl.load(q_ptr + row * q_row + i * q_step, mask=i < n).to(tl.float32)
        tl.store(y_ptr + row * n + i, q * scale, mask=i < n)


def kernel_function(q, scale):
    y = torch.empty(q.shape, dtype=torch.float32, device=q.device)
    dequantise[(q.shape[0],)](q, scale, y, q.shape[1], *q.stride(), scale.stride(0), BLOCK=32)
    return y
