# problem: integer_roots::Depth | halves what is left, whatever there is of it | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def depth_kernel(node_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    node = tl.load(node_ptr + i, mask=inside, other=1)
    left = tl.maximum(node, 1)
    found = tl.zeros((BLOCK,), tl.int64)
    for _ in range(63):
        left = left >> 1
        found += (left > 0).to(tl.int64)
    tl.store(out_ptr + i, found, mask=inside)


def kernel_function(node):
    node, size = node.contiguous(), node.numel()
    out = torch.empty(node.shape, device=node.device, dtype=torch.int64)
    if size:
        depth_kernel[(triton.cdiv(size, 256),)](node, out, size, BLOCK=256)
    return out
