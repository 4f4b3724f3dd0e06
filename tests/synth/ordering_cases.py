"""Sorting, ranks, running extrema, and writing at positions that are values."""

from __future__ import annotations

from tests.synth.case import Case

TIES = "torch.randint(0, 7, (5, 23)).float()"
NANS = "torch.where(torch.rand(4, 9) > 0.8, torch.nan, torch.randn(4, 9))"
POSITIONS = "torch.randint(0, 5, (7, 8))"
ORDER = "torch.rand(3, 8).argsort(0)"

ORDERING_CASES: dict[str, Case] = {
    "sort": Case("torch.randn(5, 37)", "return x.sort(1)"),
    "sort equal values": Case(TIES, "return x.sort(dim=1, stable=True)"),
    "sort descending columns": Case(TIES, "return x.sort(dim=0, descending=True, stable=True)"),
    "sort integers": Case("torch.randint(-50, 50, (3, 20))", "return x.sort(stable=True)"),
    "sort with nan": Case(NANS, "return x.sort(dim=1, stable=True)"),
    "argsort": Case("torch.randn(5, 37)", "return x.argsort(dim=1)"),
    "msort": Case("torch.randn(9, 4)", "return torch.msort(x)"),
    "topk": Case("torch.randn(5, 37)", "return x.topk(4, dim=1)"),
    "topk smallest": Case("torch.randn(6, 5, 7)", "return x.topk(3, dim=1, largest=False)"),
    "topk used": Case("torch.randn(5, 37)", "v, i = x.topk(2, dim=-1)\n        return v.softmax(-1), i"),
    "kthvalue": Case("torch.randn(5, 37)", "return x.kthvalue(5, dim=1)"),
    "median": Case("torch.randn(5, 37)", "return x.median(dim=1)"),
    "median of all": Case("torch.randn(5, 8)", "return x.median()"),
    "median with nan": Case(NANS, "return x.median(dim=1)"),
    "cummax": Case(TIES, "return x.cummax(1)"),
    "cummin": Case("torch.randn(4, 130)", "return x.cummin(1)"),
    "cummax with nan": Case(NANS, "return x.cummax(1)"),
    "cummax integers": Case("torch.randint(-9, 9, (3, 40))", "return x.cummax(-1)"),
    "logcumsumexp": Case("torch.randn(5, 37) * 20", "return x.logcumsumexp(1)", kernels=1),
    "logcumsumexp infinite": Case(
        "torch.where(torch.rand(4, 9) > 0.6, -torch.inf, torch.randn(4, 9))", "return x.logcumsumexp(1)"
    ),
    "bucketize": Case("torch.randn(5, 37), torch.randn(9).sort().values", "return torch.bucketize(x, y)", kernels=1),
    "bucketize from the right with nan": Case(
        f"{NANS}, torch.randn(6).sort().values", "return torch.bucketize(x, y, right=True, out_int32=True)"
    ),
    "searchsorted": Case("torch.randn(5, 9).sort().values, torch.randn(5, 4)", "return torch.searchsorted(x, y)"),
    "searchsorted by a sorter": Case(
        "torch.randn(9), torch.randn(3, 4)", 'return torch.searchsorted(x, y, side="right", sorter=x.argsort())'
    ),
    "scatter rows": Case(POSITIONS, "return torch.ones(5, x.shape[1]).scatter_add(0, x, x * 0.5)"),
    "scatter": Case(ORDER, "return torch.zeros(5, x.shape[1]).scatter(0, x, x * 0.5)"),
    "scatter a number": Case(POSITIONS, "return (x * 0.5).scatter(1, x, 3.5)"),
    "scatter amax": Case(POSITIONS, 'return torch.ones(5, x.shape[1]).scatter_reduce(0, x, x * 0.5, "amax")'),
    "scatter prod alone": Case(
        POSITIONS, 'return torch.ones(5, x.shape[1]).scatter_reduce(0, x, x * 0.5, "prod", include_self=False)'
    ),
    "index_add": Case("torch.randn(6, 8), torch.randint(0, 6, (9,)), torch.randn(9, 8)", "return x.index_add(0, y, z)"),
    "index_copy": Case("torch.randn(6, 8), torch.tensor([4, 0, 2]), torch.randn(3, 8)", "return x.index_copy(0, y, z)"),
    "index_put": Case("torch.randn(6, 8), torch.tensor([4, 0, -2]), torch.randn(3, 8)", "return x.index_put((y,), z)"),
    "index_put accumulate": Case(
        "torch.randn(6, 8), torch.randint(0, 6, (11,)), torch.randint(0, 8, (11,)), torch.randn(11)",
        "return x.index_put((y, z), u, accumulate=True)",
    ),
    "assign by mask": Case("torch.randn(6, 8)", "y = x.clone()\n        y[x > 0.5] = 2.0\n        return y"),
    "assign every second": Case(
        "torch.randn(6, 9), torch.randn(6, 5)", "z = x.clone()\n        z[:, ::2] = y\n        return z"
    ),
    "assign every third from one": Case(
        "torch.randn(7, 12)", "y = torch.zeros_like(x)\n        y[1::3] = x[:2]\n        return y + 1"
    ),
    "cdist": Case("torch.randn(5, 6), torch.randn(7, 6)", "return torch.cdist(x, y)"),
    "cdist p1": Case("torch.randn(2, 5, 6), torch.randn(2, 7, 6)", "return torch.cdist(x, y, p=1.0)"),
    "bilinear": Case("torch.randn(5, 6), torch.randn(5, 7)", "return self.b(x, y)", "self.b = nn.Bilinear(6, 7, 4)"),
    "copysign": Case("torch.randn(5, 6), torch.randn(5, 6)", "return x.copysign(y), x.copysign(-0.0), y.signbit()"),
}
