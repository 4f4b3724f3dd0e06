import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(1, 2, 32, 16), torch.randn(1, 2, 32, 16), torch.randn(1, 2, 32, 16))
class Attention(nn.Module):
    def forward(self, q, k, v):
        assert q.shape[-1] == 16
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
