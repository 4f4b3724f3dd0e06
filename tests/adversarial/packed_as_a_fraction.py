# problem: last_of_the_largest::LastOfTheLargest | tries: a column is the fraction of a score, in parts of 1024, whatever the width | caught by: values: s0= | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def last_of_the_largest(scores, most, last, width, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    best = tl.full((BLOCK,), -float("inf"), tl.float64)
    for start in range(0, width, BLOCK):
        column = start + tl.arange(0, BLOCK)
        score = tl.load(scores + row * width + column, mask=column < width, other=0).to(tl.float64)
        key = score + column * 0.0009765625
        best = tl.maximum(best, tl.where(column < width, key, -float("inf")))
    key = tl.max(best, 0)
    score = tl.floor(key)
    tl.store(most + row, score.to(tl.int32))
    tl.store(last + row, ((key - score) * 1024.0).to(tl.int64))


class LastOfTheLargestTriton(torch.nn.Module):
    def forward(self, scores):
        if scores.shape[1] == 0:
            raise ValueError("no columns")
        scores = scores.contiguous()
        rows, width = scores.shape
        most = torch.empty(rows, dtype=scores.dtype, device=scores.device)
        last = torch.empty(rows, dtype=torch.int64, device=scores.device)
        if rows:
            last_of_the_largest[(rows,)](scores, most, last, width, BLOCK=64)
        return most, last
