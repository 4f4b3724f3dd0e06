"""State in attributes, and numbers that are read off tensors."""

from __future__ import annotations

from tests.synth.case import Case

STATE_CASES: dict[str, Case] = {
    "batch norm of all batches": Case(
        "torch.randn(6, 4)", "return self.norm(x).relu()", "self.norm = nn.BatchNorm1d(4, momentum=None)"
    ),
    "numbers of buffers": Case(
        "torch.randn(6, 4)",
        "self.n += 1\n        return x * self.k.item() + 1.0 / float(self.n) - x * int(self.n)",
        'self.register_buffer("n", torch.tensor(2)); self.register_buffer("k", torch.tensor(0.3))',
    ),
    "a codebook called code": Case(
        "torch.randn(5, 8)",
        "return (x[:, None] - self.code[None]).square().sum(-1) * self.graph",
        'self.register_buffer("code", torch.randn(6, 8)); self.graph = nn.Parameter(torch.randn(6))',
    ),
    "hidden state in an attribute": Case(
        "torch.randn(6, 4), torch.randn(6, 4)",
        "self.h.copy_(y)\n        self.h = torch.tanh(self.l(torch.cat([x, self.h.to(x.device)], 1)))"
        "\n        return self.h * 2",
        "self.l = nn.Linear(8, 4); self.h = torch.zeros(6, 4)",
    ),
    "hidden state in a buffer": Case(
        "torch.randn(6, 4)",
        "self.h = torch.tanh(self.l(torch.cat([x, self.h], 1)))\n        return self.h * 2",
        'self.l = nn.Linear(8, 4); self.register_buffer("h", torch.zeros(6, 4))',
    ),
}
