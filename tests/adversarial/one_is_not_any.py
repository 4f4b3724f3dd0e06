# problem: few_of_a_kind::AnyInRow | tries: asks for more than one true where one is enough | caught by: values: few of a kind
import torch
import triton
import triton.language as tl


@triton.jit
def in_rows(flags_ptr, out_ptr, WIDTH: tl.constexpr):
    row = tl.program_id(0)
    flags = tl.load(flags_ptr + row * WIDTH + tl.arange(0, WIDTH))
    tl.store(out_ptr + row, tl.sum(flags.to(tl.int32), 0) > 1)


def kernel_function(flags):
    flags = flags.contiguous()
    rows, width = flags.shape
    assert width == 32
    out = torch.empty(rows, dtype=torch.bool, device=flags.device)
    if rows:
        in_rows[(rows,)](flags, out, width)
    return out
