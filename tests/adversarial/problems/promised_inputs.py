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


def _cuts(tokens, sequences):
    cuts = torch.randperm(tokens - 1)[: sequences - 1].sort().values + 1
    return torch.cat([torch.zeros(1, dtype=torch.int64), cuts, torch.tensor([tokens])])


def _turned(function):
    return function((torch.arange(20)[:, None] * 0.3 ** torch.rand(8)).repeat_interleave(2, dim=-1))


# kernelagent: inputs=(torch.randn(96, 32), torch.randn(40, 32), torch.randperm(96)[:40])
class IntoSlots(torch.nn.Module):
    def forward(self, cache, key, slots):
        return cache.index_copy(0, slots, key)


# kernelagent: inputs=(torch.randn(40, 24), torch.randn(40, 24).argsort(0))
class PutBackByColumn(torch.nn.Module):
    def forward(self, x, order):
        return torch.zeros_like(x).scatter(0, order, x)


# kernelagent: inputs=(torch.randn(96, 32), torch.randn(96, 24), _cuts(96, 5), _cuts(96, 5))
class TwoPackedSums(torch.nn.Module):
    def forward(self, q, k, cu_q, cu_k):
        return self.sums(q, cu_q), self.sums(k, cu_k)

    def sums(self, x, cu):
        where = torch.bucketize(torch.arange(x.shape[0], device=x.device), cu, right=True) - 1
        where = where.clamp(0, cu.shape[0] - 2)
        return torch.zeros(cu.shape[0] - 1, x.shape[1], device=x.device).index_add(0, where, x)


# kernelagent: inputs=(torch.randn(50, 32),)
class Differences(torch.nn.Module):
    def forward(self, x):
        return x[1:] - x[:-1]


# kernelagent: inputs=(torch.randn(6, 50, 32), torch.randint(1, 51, (6,)))
class PaddedSum(torch.nn.Module):
    def forward(self, x, lengths):
        mask = torch.arange(x.shape[1], device=x.device)[None, :] < lengths[:, None]
        return (x * mask[..., None]).sum(1)


# kernelagent: inputs=(torch.randn(16, 50), torch.randn(16, 50), torch.rand(16, 50))
class Between(torch.nn.Module):
    def forward(self, a, b, w):
        return torch.lerp(a, b, w)


# kernelagent: inputs=(torch.randn(4, 20, 16), _turned(torch.cos), _turned(torch.sin))
class RotaryPairs(torch.nn.Module):
    def forward(self, x, cos, sin):
        one, other = x[..., ::2], x[..., 1::2]
        return x * cos + torch.stack((-other, one), dim=-1).flatten(-2) * sin


# kernelagent: inputs=(torch.randn(16, 50),)
class ByLevel(torch.nn.Module):
    def forward(self, x):
        return {0: x * 2, 1: x + 1}


# kernelagent: inputs=(torch.randn(96, 24), _cuts(96, 8))
class PackedSum(torch.nn.Module):
    def forward(self, x, cu):
        where = torch.bucketize(torch.arange(x.shape[0], device=x.device), cu, right=True) - 1
        where = where.clamp(0, cu.shape[0] - 2)
        return torch.zeros(cu.shape[0] - 1, x.shape[1], device=x.device).index_add(0, where, x)


# kernelagent: inputs=(torch.randn(96, 24), _cuts(96, 8)[1:])
class GroupSum(torch.nn.Module):
    def forward(self, x, ends):
        where = torch.bucketize(torch.arange(x.shape[0], device=x.device), ends, right=True)
        where = where.clamp(max=ends.shape[0] - 1)
        return torch.zeros(ends.shape[0], x.shape[1], device=x.device).index_add(0, where, x)


# kernelagent: inputs=(torch.randn(16, 64).half(),)
class RowQuantiser(torch.nn.Module):
    def forward(self, x):
        s = x.float().abs().amax(-1).clamp(min=1e-8)
        return torch.round(x.float() * (127.0 / s)[:, None]).to(torch.int8), s
