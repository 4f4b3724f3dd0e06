# problem: added_rows::PutTogether | as many rows as places: one row for all of them is another call | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gather_kernel(place_ptr, row_ptr, out_ptr, count, size, n, BLOCK: tl.constexpr):
    here = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros((BLOCK,), tl.float32)
    for number in range(count):
        place = tl.load(place_ptr + number)
        place = tl.where(place < 0, place + size, place)
        if place == here:
            total += tl.load(row_ptr + number.to(tl.int64) * n + column, mask=column < n, other=0.0)
    tl.store(out_ptr + here * n + column, total, mask=column < n)


class PutTogetherTriton(torch.nn.Module):
    def __init__(self, count):
        super().__init__()
        self.count = count

    def forward(self, places, rows):
        places, rows = places.contiguous(), rows.contiguous()
        count, n = rows.shape
        out = torch.empty((self.count, n), dtype=rows.dtype, device=rows.device)
        if out.numel():
            gather_kernel[(self.count, triton.cdiv(n, 32))](places, rows, out, count, self.count, n, BLOCK=32)
        return out
