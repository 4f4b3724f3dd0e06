"""What is -infinity for longer than a block: padding on the left, windows, put into the scores by an additive mask."""

import torch
import torch.nn.functional as F


# kernelagent: inputs=(torch.randn(6, 90).masked_fill(torch.rand(6, 90) < 0.2, float("-inf")),)
class Softmax(torch.nn.Module):
    def forward(self, x):
        return x.softmax(-1)


# kernelagent: inputs=(torch.randn(2, 16, 16), torch.randn(2, 16, 16), torch.randn(2, 16, 16), torch.full((16, 16), float("-inf")).triu(1))
class AddedMask(torch.nn.Module):
    def forward(self, q, k, v, bias):
        assert q.shape[-1] == 16 and k.shape == v.shape and bias.shape[0] == q.shape[1]
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
