# problem: labelled_regions::LabelledRegions | tries: regions that wind are not labelled to their end | caught by: values: winding | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def number(x, out, height, width, sb, sh, sw, BLOCK: tl.constexpr):
    picture = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < height * width
    value = tl.load(x + picture * sb + (at // width) * sh + (at % width) * sw, mask=inside, other=0.0)
    tl.store(out + picture * height * width + at, tl.where(value > 0.3, (at + 1).to(tl.float32), 0.0), mask=inside)


@triton.jit
def spread(labels, out, height, width, BLOCK: tl.constexpr):
    picture = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < height * width
    row, column = at // width, at % width
    base = labels + picture * height * width
    own = tl.load(base + at, mask=inside, other=0.0)
    best = own
    for down in tl.static_range(-1, 2):
        for right in tl.static_range(-1, 2):
            there = (row + down >= 0) & (row + down < height) & (column + right >= 0) & (column + right < width)
            best = tl.maximum(best, tl.load(base + at + down * width + right, mask=inside & there, other=0.0))
    tl.store(out + picture * height * width + at, tl.where(own > 0, best, 0.0), mask=inside)


def kernel_function(x):
    pictures, height, width = x.shape
    labels = torch.empty((pictures, height, width), device=x.device, dtype=x.dtype)
    if labels.numel() == 0:
        return labels
    other = torch.empty_like(labels)
    grid = (pictures, triton.cdiv(height * width, 64))
    number[grid](x, labels, height, width, *x.stride(), BLOCK=64)
    for _ in range(height + width):
        spread[grid](labels, other, height, width, BLOCK=64)
        labels, other = other, labels
    return labels
