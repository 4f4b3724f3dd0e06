"""Modules for the synthesizer, one row each: inputs, the body of ``forward``, and what ``__init__`` sets up.

``x``, ``y``, ``z`` ... name the inputs in order. Sizes are odd on purpose: tails and masks have to be right.
"""

from __future__ import annotations

from tests.synth import attention_cases, recurrence_cases, window_cases
from tests.synth.attention_cases import ATTENTION_CASES
from tests.synth.case import Case
from tests.synth.gather_cases import GATHER_CASES
from tests.synth.ordering_cases import ORDERING_CASES
from tests.synth.random_cases import RANDOM_CASES
from tests.synth.recurrence_cases import RECURRENCE_CASES
from tests.synth.scan_cases import SCAN_CASES
from tests.synth.state_cases import STATE_CASES
from tests.synth.window_cases import WINDOW_CASES

SHAPE = "5, 37"


def _pointwise() -> dict[str, Case]:
    unary = [
        "relu",
        "relu6",
        "elu",
        "selu",
        "celu",
        "leaky_relu",
        "gelu",
        "logsigmoid",
        "hardshrink",
        "tanhshrink",
        "softsign",
        "softplus",
        "softshrink",
        "tanh",
        "sigmoid",
        "hardsigmoid",
        "silu",
        "mish",
        "hardswish",
        "hardtanh",
    ]
    cases = {f"F.{name}": Case(f"torch.randn({SHAPE}) * 3", f"return F.{name}(x)", kernels=1) for name in unary}
    for name in [
        "neg",
        "abs",
        "exp",
        "sin",
        "cos",
        "expm1",
        "square",
        "sign",
        "floor",
        "ceil",
        "round",
        "trunc",
        "frac",
        "erf",
        "erfc",
        "exp2",
        "sinh",
        "cosh",
        "asinh",
        "atan",
    ]:
        cases[name] = Case(f"torch.randn({SHAPE}) * 2", f"return torch.{name}(x)", kernels=1)
    for name in ["log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal"]:
        cases[name] = Case(f"torch.rand({SHAPE}) + 0.1", f"return torch.{name}(x)", kernels=1)
    for name in ["asin", "acos", "atanh"]:
        cases[name] = Case(f"torch.rand({SHAPE}) * 1.8 - 0.9", f"return torch.{name}(x)", kernels=1)
    cases["acosh"] = Case(f"torch.rand({SHAPE}) + 1.1", "return torch.acosh(x)")
    cases["tan"] = Case(f"torch.rand({SHAPE}) * 2 - 1", "return torch.tan(x)")
    for sign in ("+", "-", "*", "/"):
        cases[f"x {sign} y"] = Case(f"torch.randn({SHAPE}), torch.randn({SHAPE})", f"return x {sign} y", kernels=1)
    for sign in ("<", "<=", ">", ">=", "==", "!="):
        cases[f"x {sign} y"] = Case(
            f"torch.randn({SHAPE}).round(), torch.randn({SHAPE}).round()", f"return x {sign} y", kernels=1
        )
    for name in ["maximum", "minimum", "fmax", "fmin", "atan2", "hypot", "fmod", "remainder"]:
        cases[name] = Case(f"torch.randn({SHAPE}), torch.randn({SHAPE})", f"return torch.{name}(x, y)", kernels=1)
    ends = 'torch.tensor([0.0, -0.0, 1.0, -1.0, float("inf"), -float("inf"), float("nan")])'
    return cases | {
        "atan2 at the ends": Case(
            f"{ends}.repeat(7), {ends}.repeat_interleave(7)", "return torch.atan2(x, y)", kernels=1
        ),
        "gelu tanh": Case(f"torch.randn({SHAPE})", "return F.gelu(x, approximate='tanh')", kernels=1),
        "glu": Case("torch.randn(5, 36)", "return F.glu(x, -1)", kernels=1),
        "prelu one": Case(f"torch.randn({SHAPE})", "return self.p(x)", "self.p = nn.PReLU()", 1),
        "prelu many": Case("torch.randn(3, 7, 11)", "return self.p(x)", "self.p = nn.PReLU(7)", 1),
        "rrelu": Case(f"torch.randn({SHAPE})", "return F.rrelu(x)", kernels=1),
        "threshold": Case(f"torch.randn({SHAPE})", "return F.threshold(x, 0.1, 20.0)", kernels=1),
        "normalize": Case(f"torch.randn({SHAPE})", "return F.normalize(x, dim=1)", kernels=1),
        "where clamp": Case(f"torch.randn({SHAPE})", "return torch.where(x > 0, x, -x).clamp(0.1, 1.5)", kernels=1),
        "clamp tensors": Case(
            "torch.randn(4, 9), torch.full((9,), -0.5), torch.full((4, 1), 0.5)", "return x.clamp(y, z)"
        ),
        "clamp min": Case(f"torch.randn({SHAPE})", "return x.clamp(min=0.2) + x.clamp_max(0.5)", kernels=1),
        "broadcast": Case("torch.randn(4, 1, 6), torch.randn(5, 1), torch.randn(6)", "return x * y + z", kernels=1),
        "scalars": Case(f"torch.randn({SHAPE})", "return (2 - x) / 3 + 1.5 * x - x / 7", kernels=1),
        "powers": Case(
            f"torch.rand({SHAPE}) + 0.5", "return x**3 + x**0.5 + 2.0**x + x**-2 + x**2.5 + x**x", kernels=1
        ),
        "masked fill": Case(
            "torch.randn(4, 9), torch.rand(4, 9) > 0.5", "return x.masked_fill(y, float('-inf')).exp()"
        ),
        "lerp addcmul": Case(
            "torch.randn(4, 9), torch.randn(4, 9)", "return torch.lerp(x, y, 0.3) + x.addcmul(x, y, value=2)"
        ),
        "logical": Case("torch.randn(4, 9), torch.randn(4, 9)", "return ((x > 0) & (y > 0)) | ~(x < y) ^ (y == x)"),
        "integers": Case(
            "torch.randint(-20, 20, (4, 9)), torch.randint(1, 7, (4, 9))",
            "return x // y + x % y - x * 3 + (x << 1) + (x >> 1) + (x & y) + torch.fmod(x, y)",
            kernels=1,
        ),
        "int division": Case("torch.randint(-20, 20, (4, 9)), torch.randint(1, 7, (4, 9))", "return x / y"),
        "int32 and float": Case("torch.randint(0, 9, (4, 9), dtype=torch.int32), torch.randn(9)", "return x * y + x"),
        "bool arithmetic": Case("torch.rand(4, 9) > 0.5, torch.randn(4, 9)", "return x * y + x.float() + x.sum()"),
        "float remainders": Case(
            "torch.randn(16, 37) * 100, torch.randn(37)",
            "return x % 0.5, torch.fmod(x, y), x % y, x // y, x // 0.25, torch.div(x, y, rounding_mode='floor')",
            kernels=1,
        ),
        "scale of a size": Case(
            "torch.randn(4, 9)", "return x.relu() * x.shape[-1] ** -0.5 + x.shape[0] ** 1.5", kernels=1
        ),
        "many assignments": Case(
            "torch.randn(6, 9)",
            "y = x.clone()\n        for i in range(6):\n            y[:, i : i + 2] += i\n        return y",
            kernels=1,
        ),
        "div modes": Case(
            "torch.randn(4, 9) * 9, torch.randn(9)",
            "return torch.div(x, y, rounding_mode='floor') + torch.div(x, y, rounding_mode='trunc')",
        ),
        "same input twice": Case(f"torch.randn({SHAPE})", "return x * x + torch.sin(x) * x", kernels=1),
        "zero dim": Case("torch.randn(()), torch.randn(7)", "return x * y", kernels=1),
        "zero dim, dimensions named": Case(
            "torch.randn(7), torch.randn(()), torch.tensor([0])",
            """m = x.max().transpose(0, -1) * 2
        moved = m.movedim(0, 0).flip(0) + y.squeeze(0).index_select(0, z) - y.roll(1)
        return moved, m.flatten(), m.unfold(0, 1, 1) + x, y.cumsum(0) + m.sort(-1).values, m.swapaxes(-1, 0).t()""",
        ),
        "one dim": Case("torch.randn(1031)", "return torch.tanh(x) * 2", kernels=1),
        "many dims": Case("torch.randn(2, 3, 4, 5, 3), torch.randn(3, 1, 5, 1)", "return x + y", kernels=1),
        "constants": Case(
            "torch.randn(4, 9)",
            "return x * self.c + torch.arange(9) + torch.ones(9)",
            "self.register_buffer('c', torch.arange(9.0))",
        ),
        "lifted constant": Case("torch.randn(4, 3)", "return x * torch.tensor([1.0, 2.0, 3.0]) + torch.tensor(2.0)"),
        "size as number": Case("torch.randn(4, 9)", "return x / x.shape[0] + x.shape[1]"),
        "size root": Case("torch.randn(4, 9)", "return x / math.sqrt(x.shape[1])"),
        "parameter": Case(
            "torch.randn(4, 9)",
            "return x * self.w + self.b",
            "self.w = nn.Parameter(torch.randn(9)); self.b = nn.Parameter(torch.randn(1))",
        ),
    }


def _reductions() -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for name in ["sum", "mean", "amax", "amin", "var", "std", "prod", "argmax", "argmin", "logsumexp", "norm"]:
        for dim in ("1", "0", "-1"):
            cases[f"{name} dim {dim}"] = Case("torch.rand(7, 19, 5) + 0.5", f"return x.{name}(dim={dim})", kernels=1)
    for name in ["sum", "mean", "max", "min", "prod", "var", "std", "argmax", "norm"]:
        cases[f"{name} all"] = Case("torch.rand(3, 11) + 0.5", f"return x.{name}()")
    for name in ["sum", "mean", "amax", "var", "logsumexp"]:
        cases[f"{name} two dims"] = Case("torch.rand(4, 9, 5)", f"return x.{name}(dim=(0, 2))", kernels=1)
        cases[f"{name} keepdim"] = Case(
            "torch.rand(4, 9, 5)", f"return x - x.{name}(dim=(1, 2), keepdim=True)", kernels=1
        )
    return cases | {
        "max dim": Case("torch.randn(5, 33)", "return x.max(dim=1)", kernels=1),
        "min dim 0": Case("torch.randn(5, 33)", "return x.min(dim=0)", kernels=1),
        "argmax flat": Case("torch.randn(5, 33)", "return x.argmax()", kernels=1),
        "any all": Case("torch.randn(5, 33)", "return (x > 1).any(1), (x > -3).all(dim=0), (x > 9).any()"),
        "one row's variance for all rows": Case(
            "torch.randn(9, 8)",
            "v = F.hardswish(x.var(0, unbiased=False))\n"
            "        return F.cosine_similarity(v[1], x, dim=0), x / (v.abs() + 1), v",
        ),
        "rows beside their reduced columns": Case(
            "torch.randn(5, 5, 3)", "v = -x.logsumexp(1)\n        return F.cosine_similarity(v, x, dim=1), v.exp()"
        ),
        "int sum": Case("torch.randint(0, 9, (5, 33))", "return x.sum(1), x.amax(0), x.prod(1)"),
        "bool sum": Case("torch.rand(5, 33) > 0.5", "return x.sum(1)"),
        "norms": Case(
            "torch.randn(5, 33)",
            "return x.norm(p=1, dim=1), x.norm(p=3, dim=1), x.norm(p=float('inf'), dim=1), x.norm()",
        ),
        "softmax": Case("torch.randn(5, 33)", "return torch.softmax(x, -1)", kernels=1),
        "softmax dim 0": Case("torch.randn(5, 33)", "return torch.softmax(x, 0)", kernels=1),
        "softmax mid": Case("torch.randn(3, 9, 5)", "return torch.softmax(x, 1)", kernels=1),
        "log softmax": Case("torch.randn(5, 33)", "return F.log_softmax(x, 1)", kernels=1),
        "softmin": Case("torch.randn(5, 33)", "return F.softmin(x, 1)", kernels=1),
        "softmax long": Case("torch.randn(3, 5000)", "return torch.softmax(x * 2 + 1, -1)", kernels=1),
        "softmax of scaled sum": Case(
            "torch.randn(5, 700), torch.randn(700)", "return torch.softmax((x + y) * 0.125, dim=-1)", kernels=1
        ),
        "layer norm": Case("torch.randn(5, 9, 33)", "return self.n(x)", "self.n = nn.LayerNorm(33)", 1),
        "layer norm gelu": Case("torch.randn(5, 9, 33)", "return self.n(F.gelu(x))", "self.n = nn.LayerNorm(33)", 1),
        "layer norm 2d": Case("torch.randn(5, 9, 33)", "return self.n(x)", "self.n = nn.LayerNorm((9, 33))", 1),
        "layer norm plain": Case("torch.randn(5, 33)", "return F.layer_norm(x, (33,))", kernels=1),
        "layer norm long": Case("torch.randn(2, 9001)", "return self.n(x)", "self.n = nn.LayerNorm(9001)", 1),
        "rms norm": Case("torch.randn(5, 9, 33)", "return self.n(x)", "self.n = nn.RMSNorm(33)", 1),
        "rms norm by hand": Case(
            "torch.randn(5, 33)",
            "return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.w",
            "self.w = nn.Parameter(torch.ones(33))",
            1,
        ),
        "residual norm": Case(
            "torch.randn(5, 33), torch.randn(5, 33)",
            "h = x + y\n        return self.n(h), h",
            "self.n = nn.LayerNorm(33)",
            1,
        ),
        "two reductions": Case("torch.randn(5, 33)", "return x.sum(1) + x.amax(1), x.mean(1)", kernels=1),
        "both axes": Case("torch.randn(5, 33)", "return x.sum(1), x.sum(0)"),
        "sum of sum": Case("torch.randn(5, 33)", "return (x * x.sum(1, keepdim=True)).sum(0)"),
        "mean of everything": Case("torch.randn(5, 33)", "return x - x.mean()"),
        "moments of large values": Case(  # squares overflow, what comes of them does not
            "torch.randn(5, 33) * 2.0 ** 66",
            "return x.std(1), (x * 2.0 ** -4).var(1), x.std(0), x.std()",
        ),
        "std normalise": Case(
            "torch.randn(5, 33)", "return (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-5)", kernels=1
        ),
        "cosine": Case("torch.randn(5, 33), torch.randn(5, 33)", "return F.cosine_similarity(x, y)", kernels=1),
        "mse": Case("torch.randn(5, 33), torch.randn(5, 33)", "return F.mse_loss(x, y)"),
        "group norm": Case("torch.randn(3, 8, 5, 5)", "return self.n(x)", "self.n = nn.GroupNorm(4, 8)"),
        "batch norm eval": Case(
            "torch.randn(3, 8, 5, 5)", "return self.n(x)", "self.n = nn.BatchNorm2d(8); self.n.eval()", 1
        ),
        "sum to scalar": Case("torch.randn(40, 300)", "return (x * 2).sum()"),
        "logsumexp inf": Case(
            "torch.tensor([[0.0, float('inf')], [float('-inf'), float('-inf')]])", "return x.logsumexp(1)"
        ),
    }


def _products() -> dict[str, Case]:
    return {
        "matmul": Case("torch.randn(37, 45), torch.randn(45, 29)", "return x @ y", kernels=1),
        "mm t": Case("torch.randn(37, 45), torch.randn(29, 45)", "return torch.mm(x, y.t())", kernels=1),
        "t mm": Case("torch.randn(45, 37), torch.randn(45, 29)", "return x.T @ y", kernels=1),
        "t mm t": Case("torch.randn(45, 37), torch.randn(29, 45)", "return x.T @ y.T", kernels=1),
        "bmm": Case("torch.randn(3, 17, 21), torch.randn(3, 21, 19)", "return torch.bmm(x, y)", kernels=1),
        "bmm t": Case(
            "torch.randn(3, 17, 21), torch.randn(3, 19, 21)", "return torch.bmm(x, y.transpose(1, 2))", kernels=1
        ),
        "matmul 4d": Case("torch.randn(2, 3, 17, 21), torch.randn(2, 3, 21, 5)", "return x @ y", kernels=1),
        "matmul broadcast": Case("torch.randn(2, 3, 17, 21), torch.randn(3, 21, 5)", "return x @ y", kernels=1),
        "matmul 3d 2d": Case("torch.randn(2, 17, 21), torch.randn(21, 5)", "return x @ y", kernels=1),
        "matmul 2d 3d": Case("torch.randn(17, 21), torch.randn(4, 21, 5)", "return x @ y", kernels=1),
        "matvec": Case("torch.randn(17, 211), torch.randn(211)", "return x @ y", kernels=1),
        "vecmat": Case("torch.randn(21), torch.randn(21, 17)", "return x @ y", kernels=1),
        "dot": Case("torch.randn(211), torch.randn(211)", "return torch.dot(x, y)", kernels=1),
        "outer": Case("torch.randn(21), torch.randn(17)", "return torch.outer(x, y)", kernels=1),
        "linear": Case("torch.randn(5, 7, 33)", "return self.f(x)", "self.f = nn.Linear(33, 20)", 1),
        "linear 1d": Case("torch.randn(33)", "return self.f(x)", "self.f = nn.Linear(33, 20)"),
        "linear to one": Case("torch.randn(5, 33)", "return self.f(x)", "self.f = nn.Linear(33, 1)"),
        "linear no bias": Case(
            "torch.randn(5, 33)", "return self.f(x).relu()", "self.f = nn.Linear(33, 20, bias=False)", 1
        ),
        "addmm": Case(
            "torch.randn(20), torch.randn(5, 33), torch.randn(33, 20)",
            "return torch.addmm(x, y, z, beta=0.5, alpha=2)",
            kernels=1,
        ),
        "baddbmm": Case(
            "torch.randn(3, 5, 20), torch.randn(3, 5, 33), torch.randn(3, 33, 20)",
            "return torch.baddbmm(x, y, z, beta=0.5, alpha=2)",
            kernels=1,
        ),
        "einsum": Case("torch.randn(5, 33), torch.randn(7, 33)", "return torch.einsum('ik,jk->ij', x, y)", kernels=1),
        "einsum batch": Case(
            "torch.randn(2, 5, 3, 8), torch.randn(2, 7, 3, 8)",
            "return torch.einsum('bqhd,bkhd->bhqk', x, y)",
            kernels=1,
        ),
        "prologue and epilogue": Case(
            "torch.randn(5, 33), torch.randn(5, 20)",
            "return torch.sigmoid(self.f(F.silu(x) + 1)) * y",
            "self.f = nn.Linear(33, 20)",
            1,
        ),
        "exp prologue": Case("torch.randn(5, 33), torch.randn(33, 20)", "return torch.exp(x) @ y.cos()", kernels=1),
        "mlp": Case(
            "torch.randn(5, 33)",
            "return self.b(F.gelu(self.a(x)))",
            "self.a = nn.Linear(33, 65); self.b = nn.Linear(65, 33)",
            2,
        ),
        "sequential": Case(
            "torch.randn(5, 33)",
            "return self.s(x)",
            "self.s = nn.Sequential(nn.Linear(33, 65), nn.ReLU(), nn.Linear(65, 10), nn.Softmax(-1))",
        ),
        "gated mlp": Case(
            "torch.randn(2, 5, 33)",
            "return self.d(F.silu(self.g(x)) * self.u(x))",
            "self.g = nn.Linear(33, 65); self.u = nn.Linear(33, 65); self.d = nn.Linear(65, 33)",
            3,
        ),
        "linear norm": Case(
            "torch.randn(5, 33)", "return self.n(self.f(x))", "self.f = nn.Linear(33, 20); self.n = nn.LayerNorm(20)", 2
        ),
        "norm linear": Case(
            "torch.randn(5, 33)", "return self.f(self.n(x))", "self.f = nn.Linear(33, 20); self.n = nn.LayerNorm(33)", 2
        ),
        "qkv chunk": Case(
            "torch.randn(2, 9, 32)",
            "q, k, v = self.f(x).chunk(3, -1)\n        return q * k + v",
            "self.f = nn.Linear(32, 96)",
        ),
        "product of sums": Case("torch.randn(5, 33), torch.randn(33, 8)", "return (x @ y).sum(0), (x @ y).amax(1)"),
        "chain of products": Case(
            "torch.randn(5, 33), torch.randn(33, 8), torch.randn(8, 12)", "return x @ y @ z", kernels=1
        ),
        "long inner dimension": Case(
            "torch.randn(9, 4096), torch.randn(4096, 70)", "return F.relu(x @ y) + 1", kernels=2
        ),
        "long odd inner dimension": Case("torch.randn(9, 2050), torch.randn(2050, 7)", "return x @ y", kernels=2),
        "long linear": Case(
            "torch.randn(2, 3, 2051)", "return F.gelu(self.f(x))", "self.f = nn.Linear(2051, 10)", kernels=2
        ),
        "one row": Case("torch.randn(3, 40)", "return self.f(x[:1])", "self.f = nn.Linear(40, 33)", kernels=1),
        "big k": Case("torch.randn(4, 1030), torch.randn(1030, 5)", "return x @ y", kernels=1),
        "cosine matrix": Case(
            "torch.randn(5, 33), torch.randn(7, 33)", "return F.normalize(x, dim=-1) @ F.normalize(y, dim=-1).T"
        ),
        "int matmul of computed": Case(
            "torch.randint(-99999, 99999, (5, 33)), torch.randint(-99999, 99999, (33, 8)), torch.rand(33, 6) > 0.5",
            "return -x @ y.clamp(min=0), ((x + 1) @ (~z).to(torch.int64)) % 7",
        ),
        "int matmul": Case("torch.randint(0, 9, (5, 33)), torch.randint(0, 9, (33, 8))", "return x @ y", kernels=1),
        "bilinear": Case(
            "torch.randn(5, 33)", "return (x @ self.w * x).sum(-1)", "self.w = nn.Parameter(torch.randn(33, 33))"
        ),
        "repeated blocks": Case(
            "torch.randn(5, 32)",
            "for f in self.layers:\n            x = x + F.relu(f(x))\n        return x",
            "self.layers = nn.ModuleList(nn.Linear(32, 32) for _ in range(3))",
            1,
        ),
        "blocks of several widths": Case(
            "torch.randn(5, 32)",
            "for f in self.layers:\n            x = F.relu(f(x))\n        return x",
            "self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in ((32, 64), (64, 128), (128, 96)))",
            1,
        ),
        "blocks of odd widths": Case(
            "torch.randn(5, 33)",
            "for f in self.layers:\n            x = f(x).tanh()\n        return x",
            "self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in ((33, 65), (65, 37), (37, 10), (10, 65)))",
        ),
        "blocks of several channels": Case(
            "torch.randn(2, 4, 7, 6)",
            "for f in self.layers:\n            x = f(x)\n        return x",
            "self.layers = nn.ModuleList(nn.Sequential(nn.Conv2d(a, b, 3, 1, 1), nn.BatchNorm2d(b), nn.ReLU()) "
            "for a, b in ((4, 8), (8, 16), (16, 24)))",
        ),
        "channels normalised over many places": Case(
            "torch.randn(3, 4, 40, 40)",
            "for f in self.layers:\n            x = f(x)\n        return x",
            "self.layers = nn.ModuleList(nn.Sequential(nn.Conv2d(a, b, 1), nn.BatchNorm2d(b)) for a, b in ((4, 8), (8, 16)))",
        ),
        "two attentions of two widths": Case(
            "torch.randn(2, 9, 24), torch.randn(2, 9, 40)",
            "return [F.scaled_dot_product_attention(*(f(v).unflatten(-1, (h, -1)).transpose(1, 2) for f in fs)).transpose(1, 2).flatten(2) "
            "for v, h, fs in ((x, 3, self.a), (y, 5, self.b))]",
            "self.a = nn.ModuleList(nn.Linear(24, 24) for _ in 'qkv'); "
            "self.b = nn.ModuleList(nn.Linear(40, 40) for _ in 'qkv')",
        ),
        "norms of two widths": Case(
            "torch.randn(3, 5, 40), torch.randn(3, 5, 56)",
            "return F.layer_norm(x, (40,)), F.layer_norm(y, (56,)), x.cumsum(-1), y.cumsum(-1), x.amax(1), y.amax(1)",
        ),
    }


def _views() -> dict[str, Case]:
    return {
        "minimum with a dot": Case(
            "torch.randn(6)", "z = x.sin().repeat_interleave(2, 0); return torch.minimum(z @ z, z)"
        ),
        "scalar by einsum": Case("torch.randn(4)", "return torch.einsum('...i,...i->...', x, x)"),
        "slice past the end": Case("torch.randn(1, 4)", "return x.flatten()[:5] * 2"),
        "slice from before the start": Case("torch.randn(3, 4)", "return x[:, -6:] + 1, x[:, -3:] + 1"),
        "assignment past the end": Case("torch.randn(3, 4)", "z = x * 2; z[:, 1:9] = 0; z[:, -7:2] = 1; return z"),
        "transpose add": Case("torch.randn(5, 33), torch.randn(33, 5)", "return x.t() + y", kernels=1),
        "permute": Case("torch.randn(3, 4, 5)", "return x.permute(2, 0, 1) * 2", kernels=1),
        "permutes of many sizes": Case(
            "torch.randn(2, 3, 4, 5, 7), torch.randn(3, 5, 2, 11, 4)",
            "return [v.permute(4, 2, 0, 3, 1).reshape(-1, v.shape[3]) + 1 for v in (x, y)]",
        ),
        "permute contiguous": Case("torch.randn(3, 4, 5)", "return x.permute(2, 0, 1).contiguous()", kernels=1),
        "reshape": Case("torch.randn(3, 4, 6)", "return x.reshape(x.shape[0], 2, 12).exp()", kernels=1),
        "transpose reshape": Case(
            "torch.randn(3, 4, 6)", "return x.transpose(0, 1).reshape(x.shape[1], -1).exp()", kernels=1
        ),
        "flatten": Case("torch.randn(3, 4, 6)", "return x.flatten(1).softmax(-1)", kernels=1),
        "expand": Case("torch.randn(3, 1, 6), torch.randn(5, 6)", "return x.expand(-1, 5, -1) * y", kernels=1),
        "squeeze": Case("torch.randn(3, 1, 6)", "return x.squeeze(1).unsqueeze(0) + 1", kernels=1),
        "slice": Case("torch.randn(9, 33)", "return x[2:7, 3:] * x[:5, :-3]", kernels=1),
        "strided slice": Case("torch.randn(9, 33)", "return x[::2, 1::3] + 1", kernels=1),
        "half slice": Case(
            "torch.randn(9, 34)",
            "h = x.shape[-1] // 2\n        return torch.cat((-x[..., h:], x[..., :h]), -1) * x",
            kernels=1,
        ),
        "select": Case("torch.randn(9, 3, 5)", "return x[:, 0] * x[:, -1] + x.select(1, 1)", kernels=1),
        "cat": Case(
            "torch.randn(4, 5), torch.randn(4, 7), torch.randn(4, 2)",
            "return torch.cat([x * 2, y, z.exp()], dim=1)",
            kernels=1,
        ),
        "cat dim 0": Case("torch.randn(4, 5), torch.randn(6, 5)", "return torch.cat([x, y]) + 1", kernels=1),
        "cat sum": Case("torch.randn(4, 5), torch.randn(4, 7)", "return torch.cat([x, y], 1).sum(1)", kernels=1),
        "stack of scalars": Case("torch.randn(5)", "return torch.stack([x.min(), x.max(), x.mean()]), x / x.norm()"),
        "cat of one column": Case(
            "torch.randn(4, 1), torch.randn(4, 5)", "return torch.cat([x, y, x], 1) * 2", kernels=1
        ),
        "roll": Case("torch.randn(4, 6)", "return x.roll(1, 1) + x.roll(-1, 0)", kernels=1),
        "stack": Case("torch.randn(4, 5), torch.randn(4, 5)", "return torch.stack([x, y, x + y], dim=1)", kernels=1),
        "split": Case("torch.randn(4, 12)", "a, b = x.split([5, 7], -1)\n        return a.sum(-1), b * 2"),
        "chunk": Case("torch.randn(4, 12)", "a, b, c = x.chunk(3, -1)\n        return a * b + c", kernels=1),
        "chunk free": Case("torch.randn(12, 4)", "a, b = x.chunk(2, 0)\n        return a * b"),
        "unbind": Case("torch.randn(3, 4, 5)", "a, b, c = x.unbind(0)\n        return a + b * c"),
        "pad": Case("torch.randn(4, 5)", "return F.pad(x, (1, 2, 0, 1), value=0.5) * 2", kernels=1),
        "flip roll": Case("torch.randn(4, 5)", "return x.flip(1) + x", kernels=1),
        "flip of one number": Case("torch.randn(4, 5)", "return x.sum().flip(0) + x"),
        "repeat": Case("torch.randn(4, 5)", "return x.repeat(2, 3) + 1", kernels=1),
        "tril": Case("torch.randn(9, 9)", "return x.tril() + x.triu(1) * 2", kernels=1),
        "view out": Case("torch.randn(4, 6)", "return (x + 1).view(-1, 3), x.t()"),
        "transposed, computed with, transposed back": Case(
            "torch.randn(8, 8), torch.randn(2, 5, 6)",
            "a, b = (1 - x.movedim(1, 0)).transpose(1, 0), y.permute(2, 0, 1).sin()\n"
            "        return a, b.permute(1, 2, 0), b[1:], b.contiguous(), b",
        ),
        "from behind": Case(
            "torch.randn(4, 5), torch.randn(3)",
            "a = x.flatten().flip(0)\n"
            "        return (a.reshape(x.shape[0], -1).sin(), y.repeat(2).flip(0) + 1, y.repeat(3)[..., -1:].exp(),\n"
            "                x.roll(1, 0).flip(0).abs(), x.flip(0).roll(-3, 0).abs(), y.repeat(2)[-2:] + 1)",
        ),
        "transposed out": Case("torch.randn(4, 6)", "return (x * 2).t()", kernels=1),
        "input returned": Case("torch.randn(4, 6)", "return x, x * 2", kernels=1),
        "output read again": Case(
            "torch.randn(4, 6), torch.randn(6, 5)", "a = x + 1\n        return a @ y, a, (a * 2).sum()"
        ),
        "same output twice": Case("torch.randn(4, 6)", "y = x * 2\n        return y, y", kernels=1),
        "dict out": Case("torch.randn(4, 6)", "return {'a': x * 2, 'b': [x.sum(), None]}"),
        "heads merged": Case(
            "torch.randn(2, 7, 3, 8)", "return x.transpose(1, 2).reshape(x.shape[0], 3, -1) + 1", kernels=1
        ),
        "rope": Case(
            "torch.randn(2, 7, 3, 8), torch.randn(7, 8), torch.randn(7, 8)",
            "a, b = x.chunk(2, -1)\n        r = torch.cat((-b, a), -1)\n        return x * y[None, :, None] + r * z[None, :, None]",
            kernels=1,
        ),
        "channels": Case(
            "torch.randn(2, 3, 5, 7)",
            "return x * self.g.view(1, -1, 1, 1) + self.b[None, :, None, None]",
            "self.g = nn.Parameter(torch.randn(3)); self.b = nn.Parameter(torch.randn(3))",
            1,
        ),
        "channels last": Case(
            "torch.randn(2, 3, 5, 7).to(memory_format=torch.channels_last)", "return x.relu() * 2", kernels=1
        ),
        "transposed input": Case("torch.randn(5, 7).t()", "return x * 2 + 1", kernels=1),
        "sliced input": Case("torch.randn(5, 14)[:, ::2]", "return x * 2 + 1", kernels=1),
        "diagonal": Case("torch.randn(6, 6)", "return x.diagonal() * 2", kernels=1),
        "mean of view": Case("torch.randn(4, 12)", "return x.view(-1, 3, 4).mean(-1)", kernels=1),
        "assignment": Case(
            "torch.randn(6, 9), torch.randn(6)",
            "y2 = x * 2\n        y2[:, 0] = y\n        y2[2:4, 1:] = 0.5\n        y2 += 1\n        return y2",
            kernels=1,
        ),
        "distances": Case(
            "torch.randn(7, 11)",
            "d = (x[:, None, :] - x[None, :, :]).pow(2).sum(-1).sqrt()\n        return d, d.mean()",
        ),
        "sizes as names": Case(
            "torch.randn(7, 11), torch.randn(11)", "s0, s1 = x, y\n        return s0 + s1", kernels=1
        ),
        "rounded to a half from integers": Case(
            "torch.randn(6, 9).bfloat16(), torch.randint(-4, 7, (1, 9))", "return F.cosine_similarity(x, y * y, dim=0)"
        ),
        "batch of one": Case("torch.randn(1, 9, 16)", "return torch.softmax(x, -1)", kernels=1),
        "batch of one transposed": Case("torch.randn(1, 9, 5).mT", "return x.reshape(x.shape[0], -1), x + 1"),
        "broadcast at the example's size": Case("torch.randn(5, 8), torch.randn(4)", "return x * y.chunk(2)[0][1:]"),
        "function of a number": Case(
            "torch.randn(5, 3).double()", "return x.sum().softmax(0).erf(), x.sum().softmax(0).exp()"
        ),
        "index that is one number": Case("torch.randn(8, 1)", "return x[(-x).argmax(0) % x.shape[0]], (-x).argmax(0)"),
    }


CASES: dict[str, Case] = (
    _pointwise()
    | _reductions()
    | _products()
    | ATTENTION_CASES
    | _views()
    | WINDOW_CASES
    | SCAN_CASES
    | GATHER_CASES
    | ORDERING_CASES
    | STATE_CASES
    | RECURRENCE_CASES
    | RANDOM_CASES
)

DTYPES = ("float16", "bfloat16", "float64")
IN_EVERY_DTYPE = (
    "F.gelu", "F.mish", "F.elu", "F.tanh", "powers", "softmax", "softmax long", "layer norm gelu", "rms norm", "sum dim 1", "var all",
    "logsumexp dim 1", "amax dim 0", "argmax dim 1", "norm dim 1", "matmul", "t mm", "bmm t", "linear", "mlp",
    "prologue and epilogue", "long linear", "cat", "addmm", "matvec", "scalars", "where clamp", "prod dim 1", "atan", "log1p",
    *attention_cases.IN_EVERY_DTYPE, *window_cases.IN_EVERY_DTYPE, *recurrence_cases.IN_EVERY_DTYPE,
)  # fmt: skip
