# problem: beside_tensors::ExtraState | shows: a class that leaves out what get_extra_state gives, which is said
import torch
import triton
import triton.language as tl


@triton.jit
def times_and_bias(x_ptr, bias_ptr, y_ptr, n, width, times, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    bias = tl.load(bias_ptr + i % width, mask=i < n)
    tl.store(y_ptr + i, tl.load(x_ptr + i, mask=i < n) * times + bias, mask=i < n)


class ExtraStateTriton(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.times = 3
        self.bias = torch.nn.Parameter(torch.zeros(12))

    def forward(self, x):
        x = x.contiguous()
        y = torch.empty_like(x)
        n = x.numel()
        times_and_bias[(triton.cdiv(n, 64),)](x, self.bias, y, n, x.shape[-1], self.times, BLOCK=64)
        return y
