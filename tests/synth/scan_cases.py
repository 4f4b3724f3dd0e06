"""Running sums and products."""

from __future__ import annotations

from tests.synth.case import Case

SCAN_CASES: dict[str, Case] = {
    "cumsum": Case("torch.randn(5, 37)", "return x.cumsum(1)", kernels=1),
    "cumsum long": Case("torch.randn(3, 2100)", "return (x * 2).cumsum(-1).relu()", kernels=1),
    "cumsum of columns": Case("torch.randn(70, 9)", "return x.cumsum(0)", kernels=1),
    "cumprod between": Case("torch.rand(3, 70, 5) + 0.5", "return x.cumprod(1)", kernels=1),
    "cumsum reversed": Case("torch.randn(5, 37)", "return x.flip(1).cumsum(1).flip(1)"),
    "cumsum exclusive": Case(
        "torch.randn(5, 37)", "return torch.cumsum(torch.cat([torch.zeros_like(x[:, :1]), x], 1)[:, :-1], 1)", kernels=1
    ),
    "cumsum masked": Case(
        "torch.randn(5, 37), torch.rand(5, 37) > 0.5", "return torch.cumsum(x * y, dim=1)", kernels=1
    ),
    "cumsum integers": Case("torch.randint(0, 9, (5, 37)), torch.rand(5, 37) > 0.5", "return x.cumsum(1), y.cumsum(0)"),
    "cumsum of softmax": Case("torch.randn(5, 37)", "return x.softmax(1).cumsum(1)", kernels=2),
}
