# problem: shortest_ways::ShortestWays | one launch a round, two buffers that change places | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def relax(cost, far, out, nodes, sb, si, sj, FIRST: tl.constexpr, BLOCK: tl.constexpr):
    graph = tl.program_id(0).to(tl.int64)
    j = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = j < nodes
    if FIRST:
        best = tl.abs(tl.load(cost + graph * sb + j * sj, mask=inside, other=0.0))
    else:
        best = tl.load(far + graph * nodes + j, mask=inside, other=0.0)
        for i in range(nodes):
            step = tl.abs(tl.load(cost + graph * sb + i * si + j * sj, mask=inside, other=0.0))
            best = tl.minimum(best, tl.load(far + graph * nodes + i) + step, propagate_nan=tl.PropagateNan.ALL)
    tl.store(out + graph * nodes + j, best, mask=inside)


def kernel_function(cost):
    graphs, nodes, _ = cost.shape
    far = torch.empty((graphs, nodes), device=cost.device, dtype=cost.dtype)
    other = torch.empty_like(far)
    grid = (graphs, triton.cdiv(nodes, 32))
    if far.numel() == 0:
        return far
    relax[grid](cost, other, far, nodes, *cost.stride(), FIRST=True, BLOCK=32)
    for _ in range(nodes - 1):
        relax[grid](cost, far, other, nodes, *cost.stride(), FIRST=False, BLOCK=32)
        far, other = other, far
    return far
