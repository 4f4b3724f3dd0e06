# problem: integer_roots::Depth | tries: the exponent of a float32, one too large just below powers of two | caught by: values: integers where results step | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def depth_kernel(node_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    node = tl.load(node_ptr + i, mask=inside, other=1)
    bits = tl.maximum(node, 1).to(tl.float32).to(tl.int32, bitcast=True)
    found = ((bits >> 23) - 127).to(tl.int64)
    tl.store(out_ptr + i, found, mask=inside)


def kernel_function(node):
    node, size = node.contiguous(), node.numel()
    out = torch.empty(node.shape, device=node.device, dtype=torch.int64)
    if size:
        depth_kernel[(triton.cdiv(size, 256),)](node, out, size, BLOCK=256)
    return out
