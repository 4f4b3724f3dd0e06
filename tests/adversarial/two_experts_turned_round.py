# problem: chosen_places::TopTwoExperts | tries: the two experts in the other order | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def gate(x, w, shares, experts, width, sr, sc, WIDTH: tl.constexpr, EXPERTS: tl.constexpr):
    row = tl.program_id(0)
    k = tl.arange(0, WIDTH)
    expert = tl.arange(0, EXPERTS)
    token = tl.load(x + row * sr + k * sc, mask=k < width, other=0.0)
    weight = tl.load(w + expert[:, None] * width + k[None, :], mask=k[None, :] < width, other=0.0)
    score = tl.sum(weight * token[None, :], axis=1)
    share = tl.exp(score - tl.max(score, axis=0))
    share = share / tl.sum(share, axis=0)
    first, first_at = tl.max(share, axis=0, return_indices=True)
    second, second_at = tl.max(tl.where(expert == first_at, -1.0, share), axis=0, return_indices=True)
    tl.store(shares + 2 * row, first / (first + second))
    tl.store(shares + 2 * row + 1, second / (first + second))
    tl.store(experts + 2 * row, second_at.to(tl.int64))
    tl.store(experts + 2 * row + 1, first_at.to(tl.int64))


class TopTwoExpertsTriton(torch.nn.Module):
    def __init__(self, width, experts):
        super().__init__()
        self.gate = torch.nn.Linear(width, experts, bias=False)

    def forward(self, x):
        rows, width = x.shape
        shares = torch.empty((rows, 2), dtype=x.dtype, device=x.device)
        experts = torch.empty((rows, 2), dtype=torch.int64, device=x.device)
        if rows:
            block = triton.next_power_of_2(width)
            gate[(rows,)](x, self.gate.weight, shares, experts, width, *x.stride(), WIDTH=block, EXPERTS=8)
        return shares, experts
