"""Matrix products and convolutions."""

import torch


# kernelagent: inputs=(torch.randn(30, 72),)
class LinearGelu(torch.nn.Module):
    def __init__(self, width: int = 72, hidden: int = 40) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(width, hidden)

    def forward(self, x):
        return torch.nn.functional.gelu(self.linear(x))


# kernelagent: inputs=(torch.randn(40, 200), torch.randn(200, 24))
class Product(torch.nn.Module):
    def forward(self, a, b):
        return a @ b


# kernelagent: inputs=(torch.randn(3, 18, 32), torch.randn(3, 32, 20))
class BatchedProduct(torch.nn.Module):
    def forward(self, a, b):
        return torch.bmm(a, b) * 0.125


# kernelagent: inputs=(torch.randn(24, 64, dtype=torch.bfloat16),)
class LinearBfloat16(torch.nn.Module):
    def __init__(self, width: int = 64, hidden: int = 32) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(width, hidden, dtype=torch.bfloat16)

    def forward(self, x):
        return torch.relu(self.linear(x))


# kernelagent: inputs=(torch.randn(16, 2048, dtype=torch.float16), torch.randn(2048, 16, dtype=torch.float16))
class LongProductHalf(torch.nn.Module):
    def forward(self, a, b):
        return a @ b


# kernelagent: inputs=(torch.randn(50, 36), torch.randn(36))
class MatrixVector(torch.nn.Module):
    def forward(self, a, x):
        return torch.mv(a, x)


# kernelagent: inputs=(torch.randn(2, 3, 9, 10),)
class Convolved(torch.nn.Module):
    def __init__(self, channels: int = 3, filters: int = 4) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(channels, filters, 3, stride=2, padding=1)

    def forward(self, x):
        return self.conv(x)


# kernelagent: inputs=(torch.randn(3, 5, 21),)
class Depthwise(torch.nn.Module):
    """A causal depthwise convolution over time."""

    def __init__(self, channels: int = 5, taps: int = 4) -> None:
        super().__init__()
        self.taps = taps
        self.weight = torch.nn.Parameter(torch.randn(channels, 1, taps))
        self.bias = torch.nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        padded = torch.nn.functional.pad(x, (self.taps - 1, 0))
        return torch.nn.functional.conv1d(padded, self.weight, self.bias, groups=x.shape[1])


# kernelagent: inputs=(torch.randn(12, 32),)
class TwoTowers(torch.nn.Module):
    """Several sub-modules: a gate beside a value, and a projection of their product."""

    def __init__(self, width: int = 32, hidden: int = 48) -> None:
        super().__init__()
        self.gate = torch.nn.Linear(width, hidden, bias=False)
        self.value = torch.nn.Linear(width, hidden, bias=False)
        self.out = torch.nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        return self.out(torch.nn.functional.silu(self.gate(x)) * self.value(x))
