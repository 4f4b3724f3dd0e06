# problem: products::Depthwise | taps unrolled by tl.static_range, the bias as the start of the sum | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def causal_conv1d(x_ptr, w_ptr, b_ptr, y_ptr, channels, length, sxb, sxc, sxt, TAPS: tl.constexpr, BLOCK: tl.constexpr):
    bc = tl.program_id(0)
    b, c = bc // channels, bc % channels
    t = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    acc = tl.zeros((BLOCK,), tl.float32) + tl.load(b_ptr + c)
    for tap in tl.static_range(0, TAPS):
        src = t - (TAPS - 1) + tap
        v = tl.load(x_ptr + b * sxb + c * sxc + src * sxt, mask=(src >= 0) & (src < length), other=0.0)
        acc += v * tl.load(w_ptr + c * TAPS + tap)
    tl.store(y_ptr + bc * length + t, acc, mask=t < length)


class ModelNew(torch.nn.Module):
    def __init__(self, channels=5, taps=4):
        super().__init__()
        self.taps = taps
        self.weight = torch.nn.Parameter(torch.empty(channels, 1, taps))
        torch.nn.init.normal_(self.weight)
        self.bias = torch.nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        batch, channels, length = x.shape
        y = torch.empty((batch, channels, length), dtype=x.dtype, device=x.device)
        causal_conv1d[(batch * channels, triton.cdiv(length, 16))](
            x, self.weight, self.bias, y, channels, length, *x.stride(), TAPS=self.taps, BLOCK=16
        )
        return y
