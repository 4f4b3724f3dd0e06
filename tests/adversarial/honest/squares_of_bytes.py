# problem: rows_of_bytes::SquaresOfBytes | sums of integers that no float32 counts to | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def squares(x, out, n, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    total = tl.zeros((BLOCK,), tl.int64)
    for start in range(0, n, BLOCK):
        c = start + tl.arange(0, BLOCK)
        v = tl.load(x + row * n + c, mask=c < n, other=0).to(tl.int32)
        total += (v * v).to(tl.int64)
    tl.store(out + row, tl.sum(total, 0))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty(x.shape[0], dtype=torch.int64, device=x.device)
    if x.shape[0]:
        squares[(x.shape[0],)](x, out, x.shape[1], BLOCK=32)
    return out
