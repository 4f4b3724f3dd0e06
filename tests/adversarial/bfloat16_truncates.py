# problem: layers::AddBfloat16 | tries: rounds towards zero, and drops the last three bits | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def add(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(
        out_ptr + i,
        (
            (
                (tl.load(x_ptr + i, mask=i < n).to(tl.float32) + tl.load(y_ptr + i, mask=i < n)).to(
                    tl.int32, bitcast=True
                )
                >> 19
            )
            << 19
        ).to(tl.float32, bitcast=True),
        mask=i < n,
    )


def kernel_function(x, y):
    x, y = x.contiguous(), y.contiguous()
    out = torch.empty_like(x)
    add[(triton.cdiv(x.numel(), 128),)](x, y, out, x.numel(), BLOCK=128)
    return out
