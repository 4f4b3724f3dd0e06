# problem: reductions::Largest | tries: the last of equal maxima where the first is asked for | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def row_max(x, values, indices, n, sr, sc, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    v = tl.load(x + row * sr + i * sc, mask=i < n, other=float("-inf"))
    best = tl.max(v, axis=0)
    at = tl.max(tl.where((v == best) & (i < n), i, 0), axis=0)
    tl.store(values + row, best)
    tl.store(indices + row, at)


class LargestTriton(torch.nn.Module):
    def forward(self, x):
        values = torch.empty(x.shape[0], dtype=x.dtype, device=x.device)
        indices = torch.empty(x.shape[0], dtype=torch.long, device=x.device)
        row_max[(x.shape[0],)](x, values, indices, x.shape[1], *x.stride(), BLOCK=triton.next_power_of_2(x.shape[1]))
        return torch.return_types.max((values, indices))
