# problem: behind_a_flag::Shares | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def shares(x_ptr, out_ptr, columns, LOGARITHMS: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    value = tl.load(x_ptr + row * columns + at, at < columns, other=-float("inf"))
    if LOGARITHMS:
        high = tl.max(value, 0)
        result = value - high - tl.log(tl.sum(tl.exp(value - high), 0))
    else:
        raised = tl.exp(value - tl.max(value, 0))
        result = raised / tl.sum(raised, 0)
    tl.store(out_ptr + row * columns + at, result, at < columns)


def kernel_function(x, as_logarithms):
    x = x.contiguous()
    out = torch.empty_like(x)
    rows, columns = x.shape
    if x.numel():
        shares[(rows,)](x, out, columns, LOGARITHMS=as_logarithms, BLOCK=triton.next_power_of_2(columns))
    return out
