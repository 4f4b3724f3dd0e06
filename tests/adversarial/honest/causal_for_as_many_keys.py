# problem: sized::Prefill | a branch of the wrapper on its sizes, as the module has it | slow: yes
import torch
import triton
import triton.language as tl

@triton.jit
def softmax(x_ptr, o_ptr, columns, CAUSAL: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    top = float("-inf")
    for start in range(0, columns, BLOCK):
        i = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * columns + i, mask=i < columns, other=float("-inf"))
        if CAUSAL:
            x += tl.where(i > row, -1e4, 0.0)
        top = tl.maximum(top, tl.max(x, 0))
    total = 0.0
    for start in range(0, columns, BLOCK):
        i = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * columns + i, mask=i < columns, other=float("-inf"))
        if CAUSAL:
            x += tl.where(i > row, -1e4, 0.0)
        total += tl.sum(tl.exp(x - top), 0)
    for start in range(0, columns, BLOCK):
        i = start + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + row * columns + i, mask=i < columns, other=float("-inf"))
        if CAUSAL:
            x += tl.where(i > row, -1e4, 0.0)
        tl.store(o_ptr + row * columns + i, tl.exp(x - top) / total, mask=i < columns)

def kernel_function(scores):
    scores = scores.contiguous()
    out = torch.empty_like(scores)
    if scores.numel():
        softmax[(scores.shape[0],)](scores, out, scores.shape[1], scores.shape[0] == scores.shape[1], BLOCK=64)
    return out
