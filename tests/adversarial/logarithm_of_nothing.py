# problem: at_the_ends::Doubt | tries: one of two logarithms is not held above -100, which shows at a guess of 1 alone | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def doubt(guess, truth, out, count, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    p = tl.load(guess + i, mask=i < count, other=0.5)
    t = tl.load(truth + i, mask=i < count, other=0.5)
    tl.store(out + i, (t - 1.0) * tl.log(1.0 - p) - t * tl.maximum(tl.log(p), -100.0), mask=i < count)


def kernel_function(guess, truth):
    guess, truth = guess.contiguous(), truth.contiguous()
    out = torch.empty_like(guess)
    if out.numel():
        doubt[(triton.cdiv(out.numel(), 128),)](guess, truth, out, out.numel(), BLOCK=128)
    return out
