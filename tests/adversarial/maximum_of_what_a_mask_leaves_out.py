# problem: reductions::Leading | tries: takes a maximum of lanes that a masked load left without a value | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def leading(x_ptr, values_ptr, places_ptr, n, sr, sc, K: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    free = i < n
    left = tl.load(x_ptr + row * sr + i * sc, mask=free)
    for k in tl.static_range(K):
        best = tl.max(left, axis=0)
        # Not argmax with tie_break_left=False: among equals its lanes need not agree on a place.
        place = tl.max(tl.where((left == best) & free, i, -1), axis=0)
        tl.store(values_ptr + row * K + k, best)
        tl.store(places_ptr + row * K + k, place.to(tl.int64))
        free = free & (i != place)
        left = tl.where(free, left, float("-inf"))


def kernel_function(x):
    rows, n = x.shape
    values = torch.empty((rows, 3), dtype=x.dtype, device=x.device)
    places = torch.empty((rows, 3), dtype=torch.int64, device=x.device)
    leading[(rows,)](x, values, places, n, x.stride(0), x.stride(1), K=3, BLOCK=triton.next_power_of_2(n))
    return torch.return_types.topk((values, places))
