# problem: few_of_a_kind::AnyInColumn | tries: asks for more than one true where one is enough, down columns | caught by: values: few of a kind along dimension -2
import torch
import triton
import triton.language as tl


@triton.jit
def in_columns(flags_ptr, out_ptr):
    column = tl.program_id(0)
    row = tl.arange(0, 32)
    flags = tl.load(flags_ptr + row * 40 + column, mask=row < 24, other=0)
    tl.store(out_ptr + column, tl.sum(flags.to(tl.int32), 0) > 1)


def kernel_function(flags):
    assert flags.shape == (24, 40)
    out = torch.empty(40, dtype=torch.bool, device=flags.device)
    in_columns[(40,)](flags.contiguous(), out)
    return out
