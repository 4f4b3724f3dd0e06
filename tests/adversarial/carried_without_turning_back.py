# problem: carried_over::CarriedOver | tries: leaves out what becomes of opposite directions | caught by: values: inputs opposite each other | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def carry_kernel(start_ptr, end_ptr, vectors_ptr, out_ptr, SIZE: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    row, inside = tl.program_id(0) * SIZE, at < SIZE
    a = tl.load(start_ptr + row + at, mask=inside, other=0.0)
    b = tl.load(end_ptr + row + at, mask=inside, other=0.0)
    v = tl.load(vectors_ptr + row + at, mask=inside, other=0.0)
    a = a / tl.maximum(tl.sqrt(tl.sum(a * a)), 1e-6)
    b = b / tl.maximum(tl.sqrt(tl.sum(b * b)), 1e-6)
    ahead = 1 + tl.sum(a * b)
    middle = a + b
    along = tl.sum(middle * v) / tl.maximum(ahead, 1e-3)
    over = v - middle * along + 2 * b * tl.sum(a * v)
    tl.store(out_ptr + row + at, over, mask=inside)


def kernel_function(start, end, vectors):
    assert start.shape == end.shape == vectors.shape
    start, end, vectors = start.contiguous(), end.contiguous(), vectors.contiguous()
    out = torch.empty_like(vectors)
    if vectors.numel():
        carry_kernel[(vectors.shape[0],)](start, end, vectors, out, SIZE=48, BLOCK=64)
    return out
