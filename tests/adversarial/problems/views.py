"""Results that are views, and large whole numbers."""

import torch


# kernelagent: inputs=(torch.randn(4, 12, 16),)
class LastStep(torch.nn.Module):
    def forward(self, x):
        h = x * 2.0
        return h[:, -1]


# kernelagent: inputs=(torch.randn(24), torch.randn(24))
class OtherImaginary(torch.nn.Module):
    def forward(self, a, b):
        return torch.complex(a * 2, b * 3).conj().imag


# kernelagent: inputs=(torch.randn(32, 48),)
class Nanoseconds(torch.nn.Module):
    def forward(self, t):
        return torch.round(t * 1e9).to(torch.int64)


# kernelagent: inputs=(torch.randn(8, 100, requires_grad=True),)
class WithGradients(torch.nn.Module):
    def forward(self, x):
        return x * 2 + 1
