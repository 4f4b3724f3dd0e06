import torch


# kernelagent: inputs=(torch.randn(4, 12),)
class ExtraState(torch.nn.Module):
    """Its ``state_dict`` has an entry that is no tensor."""

    def __init__(self):
        super().__init__()
        self.times = 3
        self.bias = torch.nn.Parameter(torch.randn(12))

    def get_extra_state(self):
        return {"times": self.times}

    def set_extra_state(self, state):
        self.times = state["times"]

    def forward(self, x):
        return x * self.times + self.bias


# kernelagent: inputs=(300, 2.5)
class Ramp(torch.nn.Module):
    """No tensor comes in."""

    def forward(self, n: int, step: float):
        return torch.arange(n) * step


# kernelagent: inputs=(torch.randn(4, 12),)
class WeightNormed(torch.nn.Module):
    """Its weight is an attribute, computed of two parameters."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.utils.weight_norm(torch.nn.Linear(12, 6))

    def forward(self, x):
        return self.layer(x)


# kernelagent: inputs=(torch.randn(4, 12), 0.999)
class OneLess(torch.nn.Module):
    """The number is Python's own, a double."""

    def forward(self, x, beta: float):
        return x * (1 - beta)
