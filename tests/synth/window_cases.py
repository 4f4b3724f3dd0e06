"""Convolutions, poolings and the normalizations that go with them."""

from __future__ import annotations

from tests.synth.case import Case


def _convolutions() -> dict[str, Case]:
    image = "torch.randn(2, 5, 9, 11)"
    cases = {
        "conv": Case(image, "return self.c(x)", "self.c = nn.Conv2d(5, 12, 3)", 1),
        "conv of as many groups as samples": Case(
            "torch.randn(3, 4, 9, 9), torch.randn(3, 2)",
            "w = (y @ self.w).view(y.shape[0] * 10, 4, 3, 3)\n"
            "        out = F.conv2d(x.reshape(1, -1, *x.shape[2:]), w, groups=x.shape[0])\n"
            "        return out.view(x.shape[0], 10, *out.shape[2:])",
            "self.w = nn.Parameter(torch.randn(2, 360))",
        ),
        "conv padded to a rounded up size": Case(
            "torch.randn(2, 5, 9, 11)",
            "sizes = x.shape[-1:-3:-1]\n"
            "        whole = [max((math.ceil(n / 2) - 1) * 2 + 3 - n, 0) for n in sizes]\n"
            "        return self.c(F.pad(x, [p for n in whole for p in (n // 2, n - n // 2)]))",
            "self.c = nn.Conv2d(5, 12, 3, stride=2)",
        ),
        "conv strided relu": Case(
            image, "return F.relu(self.c(x)) * 2", "self.c = nn.Conv2d(5, 12, (3, 5), (2, 1), (1, 2))", 1
        ),
        "conv dilated grouped": Case(
            "torch.randn(2, 6, 13, 12)", "return self.c(x).tanh()", "self.c = nn.Conv2d(6, 32, 3, 2, 2, 2, 2)", 1
        ),
        "conv depthwise": Case(
            "torch.randn(2, 6, 13, 12)", "return self.c(x).tanh()", "self.c = nn.Conv2d(6, 6, 3, 1, 1, groups=6)", 1
        ),
        "conv 1d": Case("torch.randn(2, 5, 19)", "return self.c(x)", "self.c = nn.Conv1d(5, 12, 3, padding=1)", 1),
        "conv 3d": Case(
            "torch.randn(2, 3, 5, 6, 7)",
            "return self.c(x).relu()",
            "self.c = nn.Conv3d(3, 12, (2, 3, 3), padding=(0, 1, 1))",
            1,
        ),
        "conv unbatched": Case("torch.randn(5, 9, 11)", "return self.c(x)", "self.c = nn.Conv2d(5, 12, 3)", 1),
        "conv pointwise": Case(image, "return self.c(x) + self.c.bias.mean()", "self.c = nn.Conv2d(5, 12, 1)"),
        "conv to one channel": Case(image, "return self.c(x).sigmoid()", "self.c = nn.Conv2d(5, 1, 3, padding=1)", 1),
        "conv of gelu": Case(image, "return self.c(F.gelu(x) + 1)", "self.c = nn.Conv2d(5, 12, 3, padding=1)", 1),
        "conv flattened": Case(image, "return self.c(x).flatten(1).relu()", "self.c = nn.Conv2d(5, 12, 3)", 1),
        "conv patches": Case(
            "torch.randn(2, 3, 8, 12)",
            "return self.c(x).flatten(2).transpose(1, 2)",
            "self.c = nn.Conv2d(3, 12, 4, 4)",
            1,
        ),
        "conv conv": Case(
            image,
            "return self.d(self.c(x).relu())",
            "self.c = nn.Conv2d(5, 12, 3); self.d = nn.Conv2d(12, 8, 3, padding=1)",
            2,
        ),
        "conv norm relu": Case(
            image,
            "return F.relu(self.n(self.c(x)))",
            "self.c = nn.Conv2d(5, 12, 3); self.n = nn.BatchNorm2d(12).eval()",
            1,
        ),
        "conv softmax": Case(image, "return self.c(x).softmax(1)", "self.c = nn.Conv2d(5, 12, 3)", 2),
    }
    small = "torch.randn(2, 4, 6, 7)"
    transposed = {
        "stride 1": "4, 12, 3, padding=1",
        "stride 2": "4, 12, 3, 2, 1, 1",
        "strides 2 and 3": "4, 12, (3, 4), (2, 3), 1",
        "grouped": "4, 12, 3, 2, groups=2",
        "dilated": "4, 12, 3, (3, 2), dilation=2, padding=1",
        "dilation and stride share a factor": "4, 8, (5, 3), (6, 4), 2, 0, 2, True, (4, 6)",
    }
    for name, arguments in transposed.items():
        init = f"self.c = nn.ConvTranspose2d({arguments})"
        cases[f"conv transposed {name}"] = Case(small, "return torch.sigmoid(self.c(x)) * 2", init, 1)
    return cases | {
        "conv transposed 1d": Case(
            "torch.randn(2, 4, 17)", "return self.c(x)", "self.c = nn.ConvTranspose1d(4, 9, 5, 2, 1)", 1
        ),
        "conv transposed 3d": Case(
            "torch.randn(2, 4, 3, 4, 5)", "return self.c(x)", "self.c = nn.ConvTranspose3d(4, 10, 3, 2, 1)", 1
        ),
        "conv transposed infinities": Case(  # no tap is 0 * inf: the sigmoid makes 0 or 1 of them all
            "torch.randn(2, 4, 7, 6)",
            "return torch.sigmoid(self.c(torch.where(x > 2.5, math.inf, x)))",
            "self.c = nn.ConvTranspose2d(4, 3, 3, 2, 1, output_padding=1)",
        ),
        "conv transposed dilated infinities": Case(
            "torch.randn(2, 4, 17)",
            "return torch.sigmoid(self.c(torch.where(x > 2.5, math.inf, x)))",
            "self.c = nn.ConvTranspose1d(4, 3, 5, 4, 1, dilation=2)",
        ),
    }


def _poolings() -> dict[str, Case]:
    image = "torch.randn(2, 3, 9, 11)"
    calls = {
        "max pool": "F.max_pool2d(x, 3, 2, 1)",
        "max pool indices": "F.max_pool2d(x, (2, 3), return_indices=True, ceil_mode=True)",
        "max pool of gelu": "F.max_pool2d(F.gelu(x), 2)",
        "average pool": "F.avg_pool2d(x, 3, 2, 1)",
        "average pool ceil": "F.avg_pool2d(x, 3, 2, 1, ceil_mode=True)",
        "average pool of what is there": "F.avg_pool2d(x, 3, 2, 1, count_include_pad=False, ceil_mode=True)",
        "lp pool": "F.lp_pool2d(x.abs(), 2, 3)",
        "adaptive average pool": "F.adaptive_avg_pool2d(x, (3, 2))",
        "global average pool": "F.adaptive_avg_pool2d(x, 1)",
        "adaptive max pool": "F.adaptive_max_pool2d(x, (3, 2), return_indices=True)",
    }
    cases = {name: Case(image, f"return {call}", kernels=1) for name, call in calls.items()}
    return cases | {
        "max pool 1d": Case("torch.randn(2, 3, 19)", "return F.max_pool1d(x, 4, 2, 2, 2).relu()", kernels=1),
        "max pool 3d": Case("torch.randn(1, 2, 5, 6, 7)", "return F.max_pool3d(x, 2) * 2", kernels=1),
        "max pool nan": Case(
            "torch.tensor([1.0, float('nan'), 3.0, 2.0, 5.0, 4.0, 6.0, 0.0]).expand(2, 3, 5, 8) * 1",
            "return F.max_pool2d(x, 3, 2, 1)",
            kernels=1,
        ),
        "average pool 1d": Case("torch.randn(2, 3, 19)", "return F.avg_pool1d(x, 4, 3, 1)", kernels=1),
        "average pool 3d": Case(
            "torch.randn(1, 2, 5, 6, 7)", "return F.avg_pool3d(x, 2, divisor_override=3) * 2", kernels=1
        ),
        "adaptive average pool 1d": Case("torch.randn(2, 3, 19)", "return F.adaptive_avg_pool1d(x, 5)", kernels=1),
        "windows of a row": Case("torch.randn(2, 15)", "return x.unfold(1, 4, 2).softmax(-1)", kernels=1),
        "conv relu pool": Case(
            "torch.randn(2, 5, 9, 11)",
            "return F.max_pool2d(self.c(x).relu(), 2)",
            "self.c = nn.Conv2d(5, 12, 3)",
            2,
        ),
    }


def _norms() -> dict[str, Case]:
    image = "torch.randn(3, 4, 5, 7)"
    return {
        "batch norm 1d": Case(
            "torch.randn(9, 6)",
            "return self.n(x)",
            "self.n = nn.BatchNorm1d(6, momentum=0.3); self.n(torch.randn(5, 6))",
        ),
        "batch norm no statistics": Case(
            image, "return self.n(x)", "self.n = nn.BatchNorm2d(4, affine=False, track_running_stats=False)"
        ),
        "batch norm": Case(image, "return self.n(x).relu()", "self.n = nn.BatchNorm2d(4)", 2),
        "batch norm of conv": Case(
            image, "return self.n(self.c(x)).relu()", "self.c = nn.Conv2d(4, 12, 3); self.n = nn.BatchNorm2d(12)", 3
        ),
        "instance norm": Case(image, "return self.n(x) / 2", "self.n = nn.InstanceNorm2d(4, affine=True)", 1),
        "group norm div": Case("torch.randn(3, 8, 5, 7)", "return self.n(x) / 2", "self.n = nn.GroupNorm(2, 8)", 1),
        "running mean by hand": Case(
            "torch.randn(3, 8)",
            "self.k = 0.9 * self.k + 0.1 * x.mean(0)\n        return x * self.k",
            "self.register_buffer('k', torch.zeros(8))",
        ),
        "counter": Case(
            "torch.randn(3, 8)",
            "self.k.add_(1)\n        return x * self.k",
            "self.register_buffer('k', torch.zeros(()))",
        ),
    }


WINDOW_CASES: dict[str, Case] = _convolutions() | _poolings() | _norms()
IN_EVERY_DTYPE = ("conv strided relu", "conv transposed stride 2", "conv depthwise", "max pool", "average pool")
