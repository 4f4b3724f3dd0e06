# problem: reductions::RowMeanHalf | tries: the running sum is rounded to float16 at every block | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def mean(x_ptr, y_ptr, n, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    acc = tl.zeros([BLOCK], dtype=tl.float16)
    for off in range(0, n, BLOCK):
        i = off + tl.arange(0, BLOCK)
        acc += tl.load(x_ptr + row * sr + i * sc, mask=i < n, other=0.0)
    tl.store(y_ptr + row, (tl.sum(acc, axis=0).to(tl.float32) / n).to(y_ptr.dtype.element_ty))


def kernel_function(x):
    out = torch.empty(x.shape[0], dtype=x.dtype, device=x.device)
    mean[(x.shape[0],)](x, out, x.shape[1], x.stride(0), x.stride(1), BLOCK=16)
    return out
