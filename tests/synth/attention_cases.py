"""Attention in many spellings: each promises its number of kernels, so that what is not recognised shows."""

from __future__ import annotations

from tests.synth.case import Case

_QKV = "torch.randn(2, 3, 37, 8), torch.randn(2, 3, 37, 8), torch.randn(2, 3, 37, 8)"
_ROWS = "torch.randn(2, 3, 70, 8), torch.randn(2, 3, 70, 8), torch.randn(2, 3, 70, 8)"
"""More queries than a tile has, and more keys than a block."""
_NAN_QUERY = "q = torch.where(torch.arange(x.shape[2])[:, None] == 4, float('nan'), x)\n        "
_SCORES = "s = x @ y.transpose(-1, -2) / 8**0.5\n        "
_POSITIONS = "i = torch.arange(x.shape[2])\n        j = torch.arange(y.shape[2])\n        "

ATTENTION_CASES: dict[str, Case] = {
    "attention by hand": Case(
        "torch.randn(2, 9, 32)",
        "q, k, v = (f(x).view(x.shape[0], x.shape[1], 4, 8).transpose(1, 2) for f in (self.q, self.k, self.v))\n"
        "        a = torch.softmax(q @ k.transpose(-1, -2) / 8**0.5, dim=-1)\n"
        "        return self.o((a @ v).transpose(1, 2).reshape(x.shape[0], x.shape[1], 32))",
        "self.q, self.k, self.v, self.o = (nn.Linear(32, 32) for _ in range(4))",
        kernels=3,
    ),
    "two layers of attention": Case(
        "torch.randn(2, 9, 16)",
        "for q, k, v in zip(self.q, self.k, self.v):\n"
        "            x = x + torch.softmax(q(x) @ k(x).transpose(-1, -2), dim=-1) @ v(x)\n        return x",
        "self.q, self.k, self.v = (nn.ModuleList(nn.Linear(16, 16) for _ in range(2)) for _ in range(3))",
        kernels=2,
    ),
    "query from elsewhere": Case(
        "torch.randn(2, 9, 16), torch.randn(2, 12, 16)",
        "return torch.softmax(self.q(x) @ self.k(y).transpose(-1, -2), dim=-1) @ self.v(y)",
        "self.q, self.k, self.v = (nn.Linear(16, 16) for _ in range(3))",
    ),
    "multi-head attention": Case(
        "torch.randn(9, 2, 36)",
        "return self.a(x, x, x, need_weights=False)[0]",
        "self.a = nn.MultiheadAttention(36, 3)",
        kernels=2,
    ),
    "sdpa of projections": Case(
        "torch.randn(2, 9, 32)",
        "q, k, v = (f(x).view(x.shape[0], x.shape[1], 4, 8).transpose(1, 2) for f in (self.q, self.k, self.v))\n"
        "        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)",
        "self.q, self.k, self.v = (nn.Linear(32, 32) for _ in range(3))",
        kernels=2,
    ),
    "sdpa of one query": Case(
        "torch.randn(2, 9, 32)",
        "q = self.q(self.latent.expand(x.shape[0], -1, -1)).view(x.shape[0], 1, 4, 8).transpose(1, 2)\n"
        "        k, v = self.kv(x).view(x.shape[0], x.shape[1], 2, 4, 8).permute(2, 0, 3, 1, 4).unbind(0)\n"
        "        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)",
        "self.q, self.kv, self.latent = nn.Linear(32, 32), nn.Linear(32, 64), nn.Parameter(torch.randn(1, 1, 32))",
        kernels=3,
    ),
    "sdpa seen as rows": Case(
        "torch.randn(2, 9, 32)",
        "q, k, v = self.a(x).view(x.shape[0], x.shape[1], 3, 4, 8).permute(2, 0, 3, 1, 4)\n"
        "        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).contiguous()\n"
        "        return y.view(-1, 32) @ self.b",
        "self.a, self.b = nn.Linear(32, 96), nn.Parameter(torch.randn(32, 32))",
        kernels=3,
    ),
    "sdpa of normalized": Case(
        "torch.randn(2, 3, 9, 8), torch.randn(2, 3, 9, 8)",
        "return F.scaled_dot_product_attention(F.layer_norm(x, (8,)), F.layer_norm(y, (8,)) * 0.5, y)",
    ),
    "sdpa": Case(
        "torch.randn(2, 3, 9, 8), torch.randn(2, 3, 7, 8), torch.randn(2, 3, 7, 8)",
        "return F.scaled_dot_product_attention(x, y, z)",
        kernels=1,
    ),
    "sdpa long": Case(_ROWS, "return F.scaled_dot_product_attention(x, y, z)", kernels=1),
    "sdpa causal": Case(_ROWS, "return F.scaled_dot_product_attention(x, y, z, is_causal=True)", kernels=1),
    "sdpa causal, fewer keys": Case(
        "torch.randn(2, 3, 70, 8), torch.randn(2, 3, 50, 8), torch.randn(2, 3, 50, 8)",
        "return F.scaled_dot_product_attention(x, y, z, is_causal=True)",
        kernels=1,
    ),
    "sdpa mask": Case(
        "torch.randn(2, 3, 9, 8), torch.randn(2, 3, 9, 8), torch.randn(9, 9)",
        "return F.scaled_dot_product_attention(x, y, y, attn_mask=z)",
        kernels=1,
    ),
    "sdpa boolean mask": Case(
        f"{_QKV}, torch.rand(37, 37) > 0.3",
        "return F.scaled_dot_product_attention(x, y, z, attn_mask=u)",
        kernels=1,
    ),
    "sdpa rows all masked": Case(
        f"{_QKV}, torch.arange(37)[:, None] > torch.arange(37)[None, :]",
        "return F.scaled_dot_product_attention(x, y, z, attn_mask=u)",
        kernels=1,
    ),
    "safe softmax of NaN": Case(
        "torch.randn(2, 3, 9, 8), torch.randn(2, 3, 9, 8)",
        _NAN_QUERY + "return torch.ops.aten._safe_softmax(q @ y.transpose(-1, -2), -1) @ y",
        kernels=1,
    ),
    "safe softmax of NaN, too wide": Case(
        "torch.randn(2, 3, 9, 300), torch.randn(2, 3, 9, 300)",
        _NAN_QUERY + "return torch.ops.aten._safe_softmax(q @ y.transpose(-1, -2), -1) @ y",
        kernels=3,
    ),
    "sdpa scale": Case(_QKV, "return F.scaled_dot_product_attention(x, y, z, scale=0.3)", kernels=1),
    "sdpa grouped": Case(
        "torch.randn(2, 6, 9, 8), torch.randn(2, 2, 9, 8), torch.randn(2, 2, 9, 8)",
        "return F.scaled_dot_product_attention(x, y, z, enable_gqa=True)",
        kernels=1,
    ),
    "grouped by repeat": Case(
        "torch.randn(2, 6, 9, 8), torch.randn(2, 2, 9, 8), torch.randn(2, 2, 9, 8)",
        "k, v = (t.repeat_interleave(3, dim=1) for t in (y, z))\n"
        "        return torch.softmax(x @ k.transpose(-1, -2), -1) @ v",
        kernels=1,
    ),
    "one head of keys": Case(
        "torch.randn(2, 6, 9, 8), torch.randn(2, 1, 9, 8), torch.randn(2, 1, 9, 8)",
        "return torch.softmax(x @ y.transpose(-1, -2), -1) @ z",
        kernels=1,
    ),
    "causal by comparison": Case(
        _ROWS,
        _SCORES
        + _POSITIONS
        + "s = s.masked_fill(j[None, :] > i[:, None], float('-inf'))\n        return torch.softmax(s, -1) @ z",
        kernels=1,
    ),
    "causal by triu": Case(
        _ROWS,
        _SCORES
        + "m = torch.triu(torch.full((x.shape[2], x.shape[2]), float('-inf')), diagonal=1)\n"
        + "        return torch.softmax(s + m, -1) @ z",
        kernels=1,
    ),
    "causal by tril of ones": Case(
        _ROWS,
        _SCORES
        + "m = torch.tril(torch.ones(x.shape[2], x.shape[2]))\n"
        + "        return torch.softmax(s.masked_fill(m == 0, float('-inf')), -1) @ z",
        kernels=1,
    ),
    "causal by a buffer": Case(
        "torch.randn(2, 3, 70, 8), torch.randn(2, 3, 70, 8), torch.randn(2, 3, 70, 8)",
        _SCORES
        + "s = s.masked_fill(self.m[: x.shape[2], : x.shape[2]] == 0, float('-inf'))\n"
        + "        return torch.softmax(s, -1) @ z",
        "self.register_buffer('m', torch.tril(torch.ones(80, 80)))",
        kernels=1,
    ),
    "sliding window": Case(
        _ROWS,
        _SCORES
        + _POSITIONS
        + "d = i[:, None] - j[None, :]\n"
        + "        s = torch.where((d >= 0) & (d < 5), s, float('-inf'))\n        return torch.softmax(s, -1) @ z",
        kernels=1,
    ),
    "strictly causal": Case(
        _ROWS,
        _SCORES
        + _POSITIONS
        + "s = torch.where(i[:, None] > j[None, :], s, float('-inf'))\n        return torch.softmax(s, -1) @ z",
        kernels=1,
    ),
    "anti-causal": Case(
        _ROWS,
        _SCORES
        + _POSITIONS
        + "s = torch.where(i[:, None] <= j[None, :], s, float('-inf'))\n        return torch.softmax(s, -1) @ z",
        kernels=1,
    ),
    "alibi": Case(
        "torch.randn(2, 4, 37, 8), torch.randn(2, 4, 37, 8), torch.randn(2, 4, 37, 8)",
        _SCORES
        + _POSITIONS
        + "slope = (0.5 ** (torch.arange(4) + 1)).to(x.dtype).view(4, 1, 1)\n"
        + "        s = s - slope * (i[:, None] - j[None, :]).abs()\n        return torch.softmax(s, -1) @ z",
        kernels=1,
    ),
    "relative position bias": Case(
        "torch.randn(2, 3, 16, 8), torch.randn(2, 3, 16, 8), torch.randn(2, 3, 16, 8)",
        _SCORES
        + _POSITIONS
        + "b = self.t[(i[:, None] - j[None, :]).clamp(-4, 4) + 4].permute(2, 0, 1)\n"
        + "        return torch.softmax(s + b, -1) @ z",
        "self.t = nn.Parameter(torch.randn(9, 3))",
        kernels=1,
    ),
    "rotated queries and keys": Case(
        _QKV,
        "a = torch.arange(x.shape[2])[:, None] * 0.1\n"
        "        q = x * a.cos() + x.roll(4, -1) * a.sin()\n        k = y * a.cos() + y.roll(4, -1) * a.sin()\n"
        "        return torch.softmax(q @ k.transpose(-1, -2), -1) @ z",
        kernels=1,
    ),
    "softmax by hand": Case(
        _QKV,
        _SCORES + "e = torch.exp(s - s.amax(-1, keepdim=True))\n        return (e / e.sum(-1, keepdim=True)) @ z",
        kernels=1,
    ),
    "einsum attention": Case(
        "torch.randn(2, 9, 3, 8), torch.randn(2, 11, 3, 8), torch.randn(2, 11, 3, 5)",
        "s = torch.einsum('bqhd,bkhd->bhqk', x, y) * 0.35\n"
        "        return torch.einsum('bhqk,bkhd->bqhd', s.softmax(-1), z)",
        kernels=1,
    ),
    "weights on the right": Case(
        "torch.randn(2, 8, 9), torch.randn(2, 8, 11), torch.randn(2, 6, 11)",
        "s = torch.softmax(torch.bmm(x.transpose(1, 2), y), dim=-1)\n        return torch.bmm(z, s.transpose(1, 2))",
        kernels=1,
    ),
    "keys before queries": Case(
        "torch.randn(2, 9, 8), torch.randn(2, 11, 8), torch.randn(2, 11, 8)",
        "s = (y @ x.transpose(1, 2)).softmax(1)\n        return s.transpose(1, 2) @ z",
        kernels=1,
    ),
    "one head, no batch": Case(
        "torch.randn(9, 20), torch.randn(33, 20), torch.randn(33, 20)",
        "return torch.softmax(x @ y.T, -1) @ z",
        kernels=1,
    ),
    "one query": Case(
        "torch.randn(2, 3, 1, 8), torch.randn(2, 3, 37, 8), torch.randn(2, 3, 37, 8)",
        "return F.scaled_dot_product_attention(x, y, z)",
        kernels=1,
    ),
    "attention over a grid": Case(
        "torch.randn(2, 12, 5, 7)",
        "q, k, v = self.c(x).flatten(2).chunk(3, 1)\n"
        "        a = torch.softmax(q.transpose(1, 2) @ k, -1)\n        return (v @ a.transpose(1, 2)).view(x.shape)",
        "self.c = nn.Conv2d(12, 36, 1)",
        kernels=2,
    ),
    "attention and its epilogue": Case(
        f"{_QKV}, torch.randn(2, 3, 37, 8)",
        "return F.relu(torch.softmax(x @ y.transpose(-1, -2), -1) @ z) + u",
        kernels=1,
    ),
    "relu attention": Case(
        "torch.randn(2, 40, 24)",
        "q, k, v = self.f(x).view(x.shape[0], x.shape[1], 3, 2, 12).permute(2, 0, 3, 1, 4)\n"
        "        return (F.relu(q @ k.transpose(-1, -2) * 0.5) @ v).transpose(1, 2).reshape(x.shape)",
        "self.f = nn.Linear(24, 72)",
        kernels=2,
    ),
    "weights also returned": Case(
        _QKV, "a = torch.softmax(x @ y.transpose(-1, -2), -1)\n        return a @ z, a", kernels=3
    ),
    "head too wide": Case(
        "torch.randn(2, 5, 300), torch.randn(2, 5, 300), torch.randn(2, 5, 300)",
        "return torch.softmax(x @ y.transpose(-1, -2), -1) @ z",
        kernels=3,
    ),
}

IN_EVERY_DTYPE = (
    "sdpa of projections",
    "sdpa of normalized",
    "attention by hand",
    "sdpa causal",
    "sdpa boolean mask",
    "alibi",
    "relu attention",
    "softmax by hand",
    "sliding window",
)
