import torch
from torch import nn
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("buf", torch.randn(4, 16))
        self.register_buffer("pos", torch.zeros((), dtype=torch.int64))
    def forward(self, x):
        hit = (torch.arange(4, device=x.device) == self.pos).unsqueeze(1)
        self.buf.copy_(torch.where(hit, x, self.buf))
        self.pos.copy_((self.pos + 1) % 4)
        return self.buf.mean(0)


def get_inputs():
    return [torch.randn(16)]


def get_init_inputs():
    return []
