# problem: kept_from_call_to_call::Remembering | shows: an attribute that no later call reads may be left out, which is said | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def less_the_largest(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * n
    most = tl.full((BLOCK,), float("-inf"), tl.float32)
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row + i, mask=i < n, other=float("-inf"))
        most = tl.maximum(most, x, propagate_nan=tl.PropagateNan.ALL)
    is_nan = tl.max((most != most).to(tl.int32), 0)
    largest = tl.where(is_nan > 0, float("nan"), tl.max(most, 0))
    for start in range(0, n, BLOCK):
        i = start + tl.arange(0, BLOCK)
        tl.store(y_ptr + row + i, tl.load(x_ptr + row + i, mask=i < n) - largest, mask=i < n)


def kernel_function(x):
    x = x.contiguous()
    y = torch.empty_like(x)
    less_the_largest[(x.shape[0],)](x, y, x.shape[1], BLOCK=64)
    return y
