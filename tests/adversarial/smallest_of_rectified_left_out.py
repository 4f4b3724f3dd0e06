# problem: rectified_rows::AboveSmallest | tries: leaves the last operator out, which subtracts a zero in almost every row | caught by: values: positive weights and values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def above_smallest(x_ptr, gain_ptr, shift_ptr, out_ptr, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(x_ptr + row * width + column, mask=inside, other=0.0)
    gain = tl.load(gain_ptr + column, mask=inside, other=0.0)
    shift = tl.load(shift_ptr + column, mask=inside, other=0.0)
    y = x * gain + shift
    y = tl.where(y <= 0.0, 0.0, y)
    tl.store(out_ptr + row * width + column, y, mask=inside)


class AboveSmallestTriton(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.randn(width))
        self.shift = torch.nn.Parameter(torch.randn(width))

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        width = x.shape[-1]
        if x.numel():
            block = triton.next_power_of_2(width)
            above_smallest[(x.shape[0],)](x, self.gain, self.shift, out, width, BLOCK=block)
        return out
