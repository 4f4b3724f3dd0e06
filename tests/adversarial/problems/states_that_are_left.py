import torch


# kernelagent: inputs=(torch.randn(3, 60, 8),)
class Ducking(torch.nn.Module):
    """Lowers the sound while the peak of a frame is high, and for 30 frames after."""

    def __init__(self, peak=1.75, after=30):
        super().__init__()
        self.peak = peak
        self.after = after

    def forward(self, x):
        remaining = torch.zeros(x.shape[0], dtype=torch.int32, device=x.device)
        out = []
        for t in range(x.shape[1]):
            is_high = x[:, t].abs().amax(-1) > self.peak
            remaining = (remaining - 1).clamp(min=0).masked_fill(is_high, self.after)
            out.append(torch.where((remaining > 0)[:, None], 0.25 * x[:, t], x[:, t]))
        return torch.stack(out, 1)


# kernelagent: inputs=(torch.randn(3, 56),)
class Heater(torch.nn.Module):
    """Runs from when the averaged demand passes 0.75 until it is below 0.125."""

    def forward(self, x):
        demand = torch.zeros_like(x[:, 0])
        runs = torch.zeros_like(demand, dtype=torch.bool)
        out = []
        for t in range(x.shape[1]):
            demand = 0.75 * demand + 0.25 * x[:, t].abs()
            runs = torch.where(runs, demand > 0.125, demand > 0.75)
            out.append(demand * runs)
        return torch.stack(out, 1)


# kernelagent: inputs=(torch.randn(5, 48),)
class Climbing(torch.nn.Module):
    """Turns the sign of a row that rises at each of 16 steps in a row."""

    def forward(self, x):
        rises = torch.signbit(x[:, :-1] - x[:, 1:])
        climbs = rises.unfold(1, 16, 1).all(-1).any(-1, keepdim=True)
        return torch.where(climbs, -x, x) + 1.0
