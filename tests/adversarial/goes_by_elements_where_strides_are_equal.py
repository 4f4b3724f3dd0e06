# problem: gated::Gate | tries: takes equal strides for contiguous ones | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gate_by_elements(value, gate, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    g = tl.load(gate + i, mask=i < n, other=0.0)
    tl.store(out + i, tl.load(value + i, mask=i < n, other=0.0) * tl.sigmoid(g), mask=i < n)


@triton.jit
def gate_by_strides(value, gate, out, n, columns, vr, vc, gr, gc, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row, column = i // columns, i % columns
    g = tl.load(gate + row * gr + column * gc, mask=i < n, other=0.0)
    v = tl.load(value + row * vr + column * vc, mask=i < n, other=0.0)
    tl.store(out + i, v * tl.sigmoid(g), mask=i < n)


def kernel_function(value, gate):
    out = torch.empty(value.shape, dtype=value.dtype, device=value.device)
    n = value.numel()
    if not n:
        return out
    grid = (triton.cdiv(n, 128),)
    if value.stride() == gate.stride():
        gate_by_elements[grid](value, gate, out, n, BLOCK=128)
    else:
        gate_by_strides[grid](value, gate, out, n, value.shape[1], *value.stride(), *gate.stride(), BLOCK=128)
    return out
