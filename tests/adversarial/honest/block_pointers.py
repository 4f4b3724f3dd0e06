# problem: layers::TanhScaled | block pointers with boundary checks | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def tanh_scaled(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    start = tl.program_id(0) * BLOCK
    source = tl.make_block_ptr(x_ptr, (n,), (1,), (start,), (BLOCK,), (0,))
    target = tl.make_block_ptr(out_ptr, (n,), (1,), (start,), (BLOCK,), (0,))
    x = tl.load(source, boundary_check=(0,), padding_option="zero")
    tl.store(target, (2.0 * tl.sigmoid(2.0 * x) - 1.0) * 3.0, boundary_check=(0,))


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty_like(x)
    tanh_scaled[(triton.cdiv(x.numel(), 64),)](x, out, x.numel(), BLOCK=64)
    return out
