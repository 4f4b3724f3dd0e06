# problem: scaled_softmax::ScaledSoftmax | tries: a product with the identity by the @ operator | caught by: static | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def scaled_softmax(x_ptr, weight_ptr, bias_ptr, out_ptr, n_cols, stride_row, stride_col, factor, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    col = tl.arange(0, BLOCK)
    inside = col < n_cols
    x = tl.load(x_ptr + row * stride_row + col * stride_col, mask=inside, other=0.0).to(tl.float32)
    weight = tl.load(weight_ptr + col, mask=inside, other=0.0)
    bias = tl.load(bias_ptr + col, mask=inside, other=0.0)
    logits = tl.where(inside, x * weight * factor + bias, float("-inf"))
    numerator = tl.exp(logits - tl.max(logits, axis=0))
    result = numerator / tl.sum(numerator, axis=0)
    tl.store(out_ptr + row * n_cols + col, result, mask=inside)


def kernel_function(x, weight, bias, factor=0.5):
    rows, n_cols = x.shape
    out = torch.empty((rows, n_cols), dtype=x.dtype, device=x.device)
    block = triton.next_power_of_2(n_cols)
    scaled_softmax[(rows,)](x, weight, bias, out, n_cols, x.stride(0), x.stride(1), factor, BLOCK=block)
    return out @ torch.ones((1, 1), device=x.device).expand(n_cols, n_cols)


class ScaledSoftmaxTriton(torch.nn.Module):
    def __init__(self, width, factor=0.5):
        super().__init__()
        self.factor = factor
        self.weight = torch.nn.Parameter(torch.ones(width))
        self.bias = torch.nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return kernel_function(x, self.weight, self.bias, self.factor)
