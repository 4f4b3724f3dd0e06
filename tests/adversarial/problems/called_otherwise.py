import torch


# kernelagent: inputs=({"query": torch.randn(6, 11), "key": torch.randn(6, 11)},)
class Drift(torch.nn.Module):
    """Its inputs are a dictionary, read by its keys."""

    def forward(self, batch):
        return batch["query"] * 2 - batch["key"]


# kernelagent: inputs=(torch.randn(6, 11), 0.25, True)
class Leaky(torch.nn.Module):
    """The example gives what has a default."""

    def forward(self, x, slope: float = 0.01, doubled: bool = False):
        y = torch.where(x > 0, x, x * slope)
        return y * 2 if doubled else y


# kernelagent: inputs=(torch.randn(6, 11), torch.randn(6, 11))
class Blend(torch.nn.Module):
    """Users call it by the names of its parameters."""

    def forward(self, start, end):
        return start * 0.75 + end * 0.25


# kernelagent: inputs=(torch.randn(6, 11, dtype=torch.complex64),)
class Phase(torch.nn.Module):
    """On the negative real axis the sign of a zero says on which side of the cut a number lies."""

    def forward(self, z):
        return torch.angle(z) * 0.5


# kernelagent: inputs=(torch.randint(1, 90, (6, 11)).float(), torch.randint(1, 30, (6, 11)).float())
class WholeTurns(torch.nn.Module):
    """PyTorch divides exactly."""

    def forward(self, x, turn):
        return torch.floor(x / turn).to(torch.int32)
