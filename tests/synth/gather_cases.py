"""Reading at positions that are values themselves, and what PyTorch makes of that: padding, losses, interpolation."""

from __future__ import annotations

from tests.synth.case import Case

_TABLE = "self.e = nn.Embedding(10, 6)"
_IMAGE = "torch.randn(2, 3, 6, 7)"
_SCORES = "torch.randn(5, 7), torch.randint(0, 7, (5,))"

GATHER_CASES: dict[str, Case] = {
    "embedding": Case("torch.randint(0, 10, (3, 5))", "return self.e(x) * 2", _TABLE, 1),
    "embedding layer norm": Case(
        "torch.randint(0, 10, (3, 5))", "return self.n(self.e(x))", f"{_TABLE}; self.n = nn.LayerNorm(6)", 1
    ),
    "embedding linear": Case(
        "torch.randint(0, 10, (3, 5))", "return self.f(self.e(x))", f"{_TABLE}; self.f = nn.Linear(6, 20)", 1
    ),
    "embedding mean": Case("torch.randint(0, 10, (3, 5))", "return self.e(x).mean(1)", _TABLE, 1),
    "cat embedding": Case(
        "torch.randint(0, 10, (3, 5)), torch.randn(3, 5, 6)", "return torch.cat([y, self.e(x)], 1)", _TABLE, 1
    ),
    "gather": Case("torch.randn(5, 7)", "return torch.gather(x * 2, 1, x.argmax(1, keepdim=True))"),
    "index select": Case(
        "torch.randn(5, 7), torch.randint(0, 5, (4,))", "return x.index_select(0, y).relu()", kernels=1
    ),
    "index": Case(
        "torch.randn(5, 7, 3), torch.randint(-7, 7, (4,)), torch.randint(0, 3, (2, 1))",
        "return x[:, y] + 1, x[:, y, z]",
        kernels=2,
    ),
    "index apart": Case(
        "torch.randn(5, 7, 3), torch.randint(-5, 5, (4,)), torch.randint(0, 3, (2, 1))", "return x[y, :, z]", kernels=1
    ),
    "one hot": Case("torch.randint(0, 7, (5, 3))", "return F.one_hot(x, 7)", kernels=1),
    "cross entropy": Case(_SCORES, "return F.cross_entropy(x, y)"),
    "cross entropy smoothed": Case(_SCORES, "return F.cross_entropy(x, y, label_smoothing=0.1, reduction='none')"),
    "nll of images": Case("torch.randn(5, 7, 4), torch.randint(0, 7, (5, 4))", "return F.nll_loss(x, y)"),
    "pad reflect": Case(_IMAGE, "return F.pad(x, (1, 2, 2, 1), mode='reflect') * 2", kernels=1),
    "pad replicate": Case(_IMAGE, "return F.pad(x, (1, 2, 2, 1), mode='replicate')", kernels=1),
    "pad circular": Case(_IMAGE, "return F.pad(x, (1, 2, 2, 1), mode='circular')"),
    "conv reflect": Case(
        "torch.randn(2, 4, 9, 9)",
        "return self.c(x)",
        "self.c = nn.Conv2d(4, 12, 3, padding=1, padding_mode='reflect')",
        1,
    ),
    "interpolate nearest": Case(_IMAGE, "return F.interpolate(x, scale_factor=2)", kernels=1),
    "interpolate bilinear": Case(_IMAGE, "return F.interpolate(x, scale_factor=2, mode='bilinear')", kernels=1),
    "interpolate by a fraction": Case(
        _IMAGE, "return F.interpolate(x, scale_factor=1.7, mode='bilinear', align_corners=False)", kernels=1
    ),
    "grid sample": Case(
        f"{_IMAGE}, torch.rand(2, 4, 5, 2) * 2 - 1", "return F.grid_sample(x, y, align_corners=False)", kernels=1
    ),
    "roll far": Case("torch.randn(6, 8)", "return x.roll(3, 0) + x.roll((2, -13), (0, 1))", kernels=1),
}
