# problem: scaled_softmax::ScaledSoftmax | a running maximum and sum, then a second pass; any number of columns | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def softmax(x_ptr, weight_ptr, bias_ptr, out_ptr, n_cols, stride_row, stride_col, factor, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    largest = float("-inf")
    total = 0.0
    for start in range(0, n_cols, BLOCK):
        col = start + tl.arange(0, BLOCK)
        inside = col < n_cols
        x = tl.load(x_ptr + row * stride_row + col * stride_col, mask=inside, other=0.0)
        z = x * tl.load(weight_ptr + col, mask=inside, other=0.0) * factor + tl.load(
            bias_ptr + col, mask=inside, other=0.0
        )
        z = tl.where(inside, z, float("-inf"))
        new = tl.maximum(largest, tl.max(z, axis=0))
        total = total * tl.exp(largest - new) + tl.sum(tl.exp(z - new), axis=0)
        largest = new
    for start in range(0, n_cols, BLOCK):
        col = start + tl.arange(0, BLOCK)
        inside = col < n_cols
        x = tl.load(x_ptr + row * stride_row + col * stride_col, mask=inside, other=0.0)
        z = x * tl.load(weight_ptr + col, mask=inside, other=0.0) * factor + tl.load(
            bias_ptr + col, mask=inside, other=0.0
        )
        tl.store(out_ptr + row * n_cols + col, tl.exp(z - largest) / total, mask=inside)


class ModelNew(torch.nn.Module):
    def __init__(self, width, factor=0.5):
        super().__init__()
        self.factor = factor
        self.weight = torch.nn.Parameter(torch.ones(width))
        self.bias = torch.nn.Parameter(torch.zeros(width))

    def forward(self, x):
        out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        softmax[(x.shape[0],)](x, self.weight, self.bias, out, x.shape[1], *x.stride(), self.factor, BLOCK=32)
        return out
