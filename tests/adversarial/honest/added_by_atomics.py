# problem: added_rows::Added | where there are no rows to add to, no index is valid | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def add_kernel(place_ptr, row_ptr, out_ptr, n, BLOCK: tl.constexpr):
    number = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    place = tl.load(place_ptr + number)
    row = tl.load(row_ptr + number * n + column, mask=column < n, other=0.0)
    tl.atomic_add(out_ptr + place * n + column, row * 0.5, mask=column < n)


def kernel_function(base, places, rows):
    places, rows = places.contiguous(), rows.contiguous()
    count, n = rows.shape
    out = base.clone(memory_format=torch.contiguous_format)
    if rows.numel():
        add_kernel[(count, triton.cdiv(n, 32))](places, rows, out, n, BLOCK=32)
    return out
