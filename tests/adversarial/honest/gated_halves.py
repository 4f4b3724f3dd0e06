# problem: gated_halves::Model | halves of an even number, by a function of autograd's; at an odd width of 3 the module broadcasts by chance | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gelu(x):
    return 0.5 * x * (1.0 + tl.math.erf(x * 0.7071067811865476))


@triton.jit
def gate_kernel(x_ptr, out_ptr, row_stride, half, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = column < half
    value = tl.load(x_ptr + row * row_stride + column, mask=inside, other=0)
    gate = tl.load(x_ptr + row * row_stride + half + column, mask=inside, other=0).to(tl.float32)
    tl.store(out_ptr + row * half + column, value * gelu(gate).to(value.dtype), mask=inside)


class Gated(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        shape = x.shape
        rows = x.contiguous().view(-1, shape[-1])
        half = shape[-1] // 2
        out = torch.empty((rows.shape[0], half), dtype=x.dtype, device=x.device)
        gate_kernel[(rows.shape[0], triton.cdiv(half, 128))](rows, out, rows.stride(0), half, BLOCK=128, num_warps=4)
        ctx.save_for_backward(rows)
        return out.view(*shape[:-1], half)

    @staticmethod
    def backward(ctx, gradient):
        raise NotImplementedError


def kernel_function(x):
    return Gated.apply(x)
