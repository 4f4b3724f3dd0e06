# problem: beside_tensors::WeightNormed | shows: a module that holds a tensor which autograd made | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def linear(x_ptr, g_ptr, v_ptr, bias_ptr, y_ptr, width, outs, x_row, x_step, BLOCK: tl.constexpr):
    row, out = tl.program_id(0).to(tl.int64), tl.program_id(1)
    squares, total = tl.zeros((BLOCK,), tl.float32), tl.zeros((BLOCK,), tl.float32)
    for start in range(0, width, BLOCK):
        i = start + tl.arange(0, BLOCK)
        v = tl.load(v_ptr + out * width + i, mask=i < width, other=0.0)
        squares += v * v
        total += v * tl.load(x_ptr + row * x_row + i * x_step, mask=i < width, other=0.0)
    y = tl.sum(total, 0) * (tl.load(g_ptr + out) / tl.sqrt_rn(tl.sum(squares, 0))) + tl.load(bias_ptr + out)
    tl.store(y_ptr + row * outs + out, y)


def kernel_function(x, layer_bias, layer_weight_g, layer_weight_v):
    outs, width = layer_weight_v.shape
    y = torch.empty((x.shape[0], outs), dtype=x.dtype, device=x.device)
    linear[(x.shape[0], outs)](x, layer_weight_g, layer_weight_v, layer_bias, y, width, outs, *x.stride(), BLOCK=16)
    return y
