# problem: softmax_rows::Model | tries: takes the stride of rows for their length, which it isn't where there is one | caught by: outputs written
import torch
import triton
import triton.language as tl


@triton.jit
def softmax_of_row(x_ptr, out_ptr, columns, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    kept = at < columns
    value = tl.load(x_ptr + row * columns + at, kept, other=-float("inf"))
    raised = tl.exp(value - tl.max(value, 0))
    tl.store(out_ptr + row * columns + at, raised / tl.sum(raised, 0), kept)


def kernel_function(x):
    x = x.contiguous()
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    if x.numel():
        columns = x.stride(0)
        softmax_of_row[(x.shape[0],)](x, out, columns, BLOCK=triton.next_power_of_2(columns))
    return out
