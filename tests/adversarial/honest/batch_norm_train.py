# problem: layers::Normalized | batch statistics, and running statistics that are updated | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def batch_norm(
    x_ptr,
    gain_ptr,
    shift_ptr,
    mean_ptr,
    var_ptr,
    count_ptr,
    out_ptr,
    rows,
    channels,
    stride_row,
    stride_channel,
    momentum,
    eps,
    BLOCK: tl.constexpr,
):
    channel = tl.program_id(0)
    row = tl.arange(0, BLOCK)
    inside = row < rows
    x = tl.load(x_ptr + row * stride_row + channel * stride_channel, mask=inside, other=0.0)
    mean = tl.sum(x, axis=0) / rows
    centred = tl.where(inside, x - mean, 0.0)
    var = tl.sum(centred * centred, axis=0) / rows
    scaled = centred / tl.sqrt(var + eps) * tl.load(gain_ptr + channel) + tl.load(shift_ptr + channel)
    tl.store(out_ptr + row * channels + channel, scaled, mask=inside)
    old_mean = tl.load(mean_ptr + channel)
    old_var = tl.load(var_ptr + channel)
    tl.store(mean_ptr + channel, old_mean + momentum * (mean - old_mean))
    tl.store(var_ptr + channel, old_var + momentum * (var * rows / (rows - 1) - old_var))
    if channel == 0:
        tl.store(count_ptr, tl.load(count_ptr) + 1)


class NormalizedTriton(torch.nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(channels)

    def forward(self, x):
        rows, channels = x.shape
        out = torch.empty((rows, channels), dtype=x.dtype, device=x.device)
        norm = self.norm
        batch_norm[(channels,)](
            x,
            norm.weight,
            norm.bias,
            norm.running_mean,
            norm.running_var,
            norm.num_batches_tracked,
            out,
            rows,
            channels,
            x.stride(0),
            x.stride(1),
            norm.momentum,
            norm.eps,
            BLOCK=triton.next_power_of_2(rows),
        )
        return out
