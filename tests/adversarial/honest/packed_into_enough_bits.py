# problem: last_of_the_largest::LastOfTheLargest | packs a column below a score, with as many bits as the width takes | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def last_of_the_largest(scores, most, last, width, BITS: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    best = tl.full((BLOCK,), -9223372036854775807, tl.int64)
    for start in range(0, width, BLOCK):
        column = start + tl.arange(0, BLOCK)
        score = tl.load(scores + row * width + column, mask=column < width, other=0).to(tl.int64)
        key = (score << BITS) + column
        best = tl.maximum(best, tl.where(column < width, key, -9223372036854775807))
    key = tl.max(best, 0)
    score = key >> BITS
    tl.store(most + row, score.to(tl.int32))
    tl.store(last + row, key - (score << BITS))


class LastOfTheLargestTriton(torch.nn.Module):
    def forward(self, scores):
        if scores.shape[1] == 0:
            raise ValueError("no columns")
        scores = scores.contiguous()
        rows, width = scores.shape
        most = torch.empty(rows, dtype=scores.dtype, device=scores.device)
        last = torch.empty(rows, dtype=torch.int64, device=scores.device)
        if rows:
            last_of_the_largest[(rows,)](scores, most, last, width, BITS=(width - 1).bit_length(), BLOCK=64)
        return most, last
