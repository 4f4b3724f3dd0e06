# problem: reductions::Sorted | tl.sort of the bits as integers, so that NaN comes first as in PyTorch | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def ordered(bits):
    """Bits of a float as an integer of the same order, NaN above all; its own inverse."""
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)


@triton.jit
def sort_rows(x_ptr, y_ptr, n, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row * sr + i * sc, mask=i < n, other=float("-inf"))
    keys = tl.where(i < n, ordered(x.to(tl.int32, bitcast=True)), -2147483648)
    keys = tl.sort(keys, descending=True)
    tl.store(y_ptr + row * n + i, ordered(keys).to(tl.float32, bitcast=True), mask=i < n)


def kernel_function(x):
    y = torch.empty(tuple(x.shape), dtype=x.dtype, device=x.device)
    sort_rows[(x.shape[0],)](x, y, x.shape[1], *x.stride(), BLOCK=max(2, triton.next_power_of_2(x.shape[1])))
    return y
