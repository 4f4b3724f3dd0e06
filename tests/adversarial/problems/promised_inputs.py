"""Modules whose inputs keep a promise that their types do not tell, and results that a mask may leave at nothing."""

import torch


def _offsets():
    lengths = torch.randint(1, 12, (6,))
    lengths[-1] += 80 - lengths.sum()
    return torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)]).to(torch.int32)


def _angles(function):
    angles = torch.randn(9, 8)
    return function(torch.cat([angles, angles], -1))


# kernelagent: inputs=(torch.randn(60, 24), torch.randperm(60))
class PutBack(torch.nn.Module):
    def forward(self, x, where):
        return torch.zeros_like(x).index_copy(0, where, x)


# kernelagent: inputs=(torch.randn(80, 32), _offsets())
class PackedMean(torch.nn.Module):
    def forward(self, x, cu_seqlens):
        t = torch.arange(x.shape[0], device=x.device)
        inside = (t >= cu_seqlens[:-1, None]) & (t < cu_seqlens[1:, None])
        total = inside.to(x.dtype) @ x
        return total / inside.sum(1, keepdim=True).clamp(min=1)


# kernelagent: inputs=(torch.randint(0, 50, (64,)), torch.tensor([0, 5, 17, 17, 30, 58]))
class Bags(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.EmbeddingBag(50, 24, mode="mean")

    def forward(self, tokens, offsets):
        return self.table(tokens, offsets)


# kernelagent: inputs=(torch.randn(2, 9, 3, 16), _angles(torch.cos), _angles(torch.sin))
class Rotary(torch.nn.Module):
    def forward(self, q, cos, sin):
        one, other = q.chunk(2, -1)
        turned = torch.cat([-other, one], -1)
        return q * cos[None, :, None, :] + turned * sin[None, :, None, :]


# kernelagent: inputs=(torch.randn(400),)
class Histogram(torch.nn.Module):
    def forward(self, x):
        return torch.histc(x, bins=10, min=-2.0, max=3.0)


# kernelagent: inputs=(torch.randint(0, 20, (50,)),)
class OneHot(torch.nn.Module):
    def forward(self, y):
        return (y[:, None] == torch.arange(20, device=y.device)[None, :]).to(torch.float32) * 0.9


# kernelagent: inputs=(torch.randn(40, 8),)
class LargestThree(torch.nn.Module):
    def forward(self, x):
        return torch.topk(x, 3, dim=-1)


# kernelagent: inputs=(torch.randn(8, 100),)
class PlaceOfLargest(torch.nn.Module):
    def forward(self, x):
        return torch.argmax(x, dim=1)


# kernelagent: inputs=(torch.randn(8, 100), torch.randn(8, 100))
class SignOf(torch.nn.Module):
    def forward(self, x, y):
        return torch.copysign(x, y)
