# problem: layers::Joined | one half by a kernel, torch.cat puts the copy of the input beside it
import torch
import triton
import triton.language as tl


@triton.jit
def relu(x_ptr, y_ptr, n_elements, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + i, mask=i < n_elements)
    tl.store(y_ptr + i, tl.maximum(x, 0.0), mask=i < n_elements)


class JoinedTriton(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        positive = torch.empty_like(x)
        n = x.nelement()
        relu[(triton.cdiv(n, 64),)](x, positive, n, BLOCK=64)
        return torch.cat((positive, x), dim=1)
