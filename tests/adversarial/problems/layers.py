"""Modules that exercise products, normalisation with state, several outputs, and 16-bit types."""

import torch


# kernelagent: inputs=(torch.randn(24, 64),)
class Mlp(torch.nn.Module):
    def __init__(self, width: int = 64, hidden: int = 64) -> None:
        super().__init__()
        self.up = torch.nn.Linear(width, hidden)
        self.down = torch.nn.Linear(hidden, width)

    def forward(self, x):
        return self.down(torch.nn.functional.gelu(self.up(x)))


# kernelagent: inputs=(torch.randn(20, 8),)
class Normalized(torch.nn.Module):
    def __init__(self, channels: int = 8) -> None:
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(channels)

    def forward(self, x):
        return self.norm(x)


# kernelagent: inputs={"x": torch.randn(6, 33), "threshold": torch.zeros(())}
class Picked(torch.nn.Module):
    def forward(self, x, *, threshold):
        return {"best": x.amax(-1), "where": (x.argmax(-1), x > threshold)}


# kernelagent: inputs=(torch.randn(7, 50, dtype=torch.bfloat16), torch.randn(7, 50, dtype=torch.bfloat16))
class AddBfloat16(torch.nn.Module):
    def forward(self, x, y):
        return x + y


# kernelagent: inputs=(torch.randn(5, 2048, dtype=torch.bfloat16),)
class RowSumBfloat16(torch.nn.Module):
    def forward(self, x):
        return x.sum(-1)


# kernelagent: inputs=(torch.randn(32, 128, dtype=torch.float16), torch.randn(128, 48, dtype=torch.float16))
class ProductHalf(torch.nn.Module):
    def forward(self, a, b):
        return a @ b


# kernelagent: inputs=(torch.randn(3000),)
class Total(torch.nn.Module):
    def forward(self, x):
        return x.abs().sum()


# kernelagent: inputs=(torch.randn(5, 7, 11),)
class TanhScaled(torch.nn.Module):
    def forward(self, x):
        return torch.tanh(x) * 3.0


# kernelagent: inputs=(torch.randn(12, 20),)
class TurnedAndClamped(torch.nn.Module):
    def forward(self, x):
        return x.transpose(0, 1), x.clamp(min=0.0)


# kernelagent: inputs=(torch.randn(6, 20),)
class Joined(torch.nn.Module):
    def forward(self, x):
        return torch.cat([x.clamp(min=0.0), x], dim=1)


class Activation:
    """An object that cannot be carried between processes as data."""

    def __init__(self, factor: float) -> None:
        self.factor = factor


# kernelagent: inputs=(torch.randn(6, 20),), init=(Activation(0.25),)
class Configured(torch.nn.Module):
    def __init__(self, activation: Activation) -> None:
        super().__init__()
        self.factor = activation.factor
        self.scale = torch.nn.Parameter(torch.ones(20))

    def forward(self, x):
        return torch.nn.functional.leaky_relu(x * self.scale, self.factor)
