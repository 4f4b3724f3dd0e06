import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(2, 4, 64, 32), torch.randn(2, 4, 64, 32), torch.randn(2, 4, 64, 32))
class Attention(nn.Module):
    def forward(self, q, k, v):
        assert q.shape[-1] == 32
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
