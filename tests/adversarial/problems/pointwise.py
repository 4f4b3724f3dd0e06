"""One result for each element, in several dtypes; integers; results that are not numbers."""

import torch


# kernelagent: inputs=(torch.randn(6, 40, dtype=torch.float16), torch.randn(6, 40, dtype=torch.float16))
class GatedHalf(torch.nn.Module):
    def forward(self, gate, up):
        return torch.nn.functional.silu(gate) * up


# kernelagent: inputs=(torch.randn(5, 30), torch.randn(30), torch.randn(5, 1))
class Broadcast(torch.nn.Module):
    def forward(self, x, row, column):
        return (x + row) * column


# kernelagent: inputs=(torch.randint(-1000, 1000, (9, 31)), torch.randint(1, 50, (31,)))
class Division(torch.nn.Module):
    """Integers: quotients rounded down, and remainders with the divisor's sign."""

    def forward(self, x, divisor):
        return x // divisor, x % divisor


# kernelagent: inputs=(torch.randint(0, 2**31 - 1, (300,), dtype=torch.int32),)
class Scrambled(torch.nn.Module):
    """Bits: shifts, exclusive or, and."""

    def forward(self, x):
        return ((x >> 5) ^ x) & 0x00FF00FF


# kernelagent: inputs=(torch.randn(8, 21),)
class Roots(torch.nn.Module):
    """NaN where the input is negative."""

    def forward(self, x):
        return torch.sqrt(x)


# kernelagent: inputs=(torch.tensor([[0.0, 1.0, -2.0, 3.0, float("inf"), 5.0, 0.0, -7.0]] * 5),)
class Reciprocals(torch.nn.Module):
    """Infinity where the input is zero."""

    def forward(self, x):
        return 1.0 / x


# kernelagent: inputs=(torch.randn(4, 10),)
class Moving(torch.nn.Module):
    """A buffer that remembers: an exponential average of the batch means, given back with the centred input."""

    def __init__(self, width: int = 10, keep: float = 0.9) -> None:
        super().__init__()
        self.keep = keep
        self.register_buffer("average", torch.zeros(width))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        self.average.mul_(self.keep).add_(x.mean(0), alpha=1.0 - self.keep)
        self.calls.add_(1)
        return x - self.average


# kernelagent: inputs=(torch.randn(6, 28),)
class ThreeWays(torch.nn.Module):
    """Several outputs of different shapes and dtypes."""

    def forward(self, x):
        return x.abs(), (x > 0).sum(-1), x.to(torch.float16)


# kernelagent: inputs=(torch.randn(10, 14),)
class Turned(torch.nn.Module):
    def forward(self, x):
        return x.t().contiguous() + 1.0


# kernelagent: inputs=(torch.randn(3, 8, 5, 6),)
class Shuffled(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.pixel_shuffle(x, 2)


# kernelagent: inputs=(torch.randn(700, dtype=torch.bfloat16),)
class SoftplusBfloat16(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.softplus(x)


# kernelagent: inputs=(torch.randn(4, 25, dtype=torch.float64),)
class ExactDouble(torch.nn.Module):
    def forward(self, x):
        return torch.exp(x) * 0.1 + 1.0 / 3.0


# kernelagent: inputs=(torch.randn(16, 30),)
class ClampScale(torch.nn.Module):
    def __init__(self, low: float = -0.5, high: float = 0.75) -> None:
        super().__init__()
        self.low, self.high = low, high
        self.scale = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return torch.clamp(x * self.scale, self.low, self.high)


# kernelagent: inputs=([torch.randn(5, 8), torch.randn(5, 8), torch.randn(5, 8)],)
class SumOfList(torch.nn.Module):
    """A list of tensors."""

    def forward(self, terms):
        return terms[0] + 2.0 * terms[1] - terms[2]
