import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("ring", torch.zeros(4, 32))
        self.register_buffer("pos", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        slot = self.pos % 4
        self.ring.index_copy_(0, slot.reshape(1), x.reshape(1, 32))
        self.pos += 1
        return self.ring.sum(0)


def get_inputs():
    return [torch.randn(32)]
