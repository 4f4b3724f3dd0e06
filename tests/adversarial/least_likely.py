# problem: chosen_places::MostLikely | tries: the place of the least likely | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def most_likely(scores, values, places, columns, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    column = tl.arange(0, BLOCK)
    score = tl.load(scores + row * sr + column * sc, mask=column < columns, other=float("-inf"))
    share = tl.exp(score - tl.max(score, axis=0))
    share = share / tl.sum(share, axis=0)
    value = tl.max(share, axis=0)
    place = tl.argmin(tl.where(column < columns, share, 2.0), axis=0)
    tl.store(values + row, value)
    tl.store(places + row, place.to(tl.int64))


def kernel_function(scores):
    rows, columns = scores.shape
    assert columns > 0
    values = torch.empty((rows,), dtype=scores.dtype, device=scores.device)
    places = torch.empty((rows,), dtype=torch.int64, device=scores.device)
    if rows:
        block = triton.next_power_of_2(columns)
        most_likely[(rows,)](scores, values, places, columns, *scores.stride(), BLOCK=block)
    return torch.return_types.max((values, places))
