# problem: called_otherwise::WholeTurns | tries: the floor of a quotient that a GPU rounds otherwise | caught by: values: example, as a GPU divides | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def turns_kernel(x_ptr, turn_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    x = tl.load(x_ptr + i, mask=inside, other=1.0)
    turn = tl.load(turn_ptr + i, mask=inside, other=1.0)
    tl.store(out_ptr + i, tl.floor(x / turn).to(tl.int32), mask=inside)


def kernel_function(x, turn):
    x, turn = x.contiguous(), turn.contiguous()
    out = torch.empty(x.shape, device=x.device, dtype=torch.int32)
    n = out.numel()
    if n:
        turns_kernel[(triton.cdiv(n, 128),)](x, turn, out, n, BLOCK=128)
    return out
