# problem: layers::Configured | constructed with an object of the user's own
import torch
import triton
import triton.language as tl


@triton.jit
def leaky(x_ptr, scale_ptr, out_ptr, n_cols, stride_row, stride_col, factor, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    col = tl.arange(0, BLOCK)
    inside = col < n_cols
    x = tl.load(x_ptr + row * stride_row + col * stride_col, mask=inside) * tl.load(scale_ptr + col, mask=inside)
    tl.store(out_ptr + row * n_cols + col, tl.where(x > 0, x, x * factor), mask=inside)


class ConfiguredTriton(torch.nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.factor = activation.factor
        self.scale = torch.nn.Parameter(torch.ones(20))

    def forward(self, x):
        out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        leaky[(x.shape[0],)](x, self.scale, out, x.shape[1], x.stride(0), x.stride(1), self.factor, BLOCK=32)
        return out
