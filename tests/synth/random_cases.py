"""Modules that draw random numbers: compared with every number held at one value."""

from __future__ import annotations

from tests.synth.case import Case

RANDOM_CASES: dict[str, Case] = {
    "dropout between": Case(
        "torch.randn(5, 9)",
        "return self.d(self.l(x)).softmax(-1)",
        "self.l = nn.Linear(9, 12); self.d = nn.Dropout(0.2)",
        kernels=2,
    ),
    "dropout of one half": Case("torch.randn(5, 37)", "return F.dropout(x, 0.5, True) * 2", kernels=1),
    "dropout of everything": Case("torch.randn(5, 37)", "return F.dropout(x, 1.0, True) + x"),
    "dropout in evaluation": Case("torch.randn(5, 37)", "return F.dropout(x, 0.5, False) * 2", kernels=1),
    "dropout of channels": Case("torch.randn(3, 5, 4, 6)", "return F.dropout2d(x, 0.3, True)", kernels=1),
    "dropout that keeps moments": Case("torch.randn(5, 37)", "return F.alpha_dropout(x, 0.1, True)", kernels=1),
    "noise": Case("torch.randn(5, 37)", "return x + torch.rand_like(x) * 0.1 + torch.randn(x.shape[0], 1)", kernels=1),
    "drawn by chance": Case("torch.rand(5, 37)", "return torch.bernoulli(x) * 3", kernels=1),
    "lstm with dropout": Case("torch.randn(6, 5, 9)", "return self.r(x)", "self.r = nn.LSTM(9, 12, 2, dropout=0.3)"),
    "loop with dropout": Case(
        "torch.randn(5, 9)",
        "for _ in range(4):\n            x = F.dropout(self.l(x), 0.3, True)\n        return x",
        "self.l = nn.Linear(9, 9)",
    ),
}
