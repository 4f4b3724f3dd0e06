# problem: depths::Depths | one program a block of nodes, a step for each node | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def climb(parent, out, nodes, s0, s1, rounds, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    node = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = node < nodes
    at = node.to(tl.int64)
    depth = tl.zeros((BLOCK,), tl.int64)
    for _ in range(rounds):
        above = tl.load(parent + row * s0 + at * s1, mask=inside, other=0)
        above = tl.minimum(tl.maximum(above, 0), at)
        depth += (above != at).to(tl.int64)
        at = above
    tl.store(out + row * nodes + node, depth, mask=inside)


def kernel_function(parent):
    rows, nodes = parent.shape
    out = torch.empty((rows, nodes), device=parent.device, dtype=torch.int64)
    if out.numel():
        climb[(rows, triton.cdiv(nodes, 32))](parent, out, nodes, *parent.stride(), nodes, BLOCK=32)
    return out
