# problem: attending::Rotary | a copy of the input is turned in place | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def turn_in_place(x, cos, sin, heads, steps, pairs, TILE: tl.constexpr):
    i = tl.program_id(0)
    t = (i // heads) % steps
    p = tl.arange(0, TILE)
    ok = p < pairs
    row = x + i * pairs * 2
    a = tl.load(row + p, mask=ok)
    b = tl.load(row + pairs + p, mask=ok)
    c = tl.load(cos + t * pairs + p, mask=ok)
    s = tl.load(sin + t * pairs + p, mask=ok)
    tl.store(row + p, a * c - b * s, mask=ok)
    tl.store(row + pairs + p, b * c + a * s, mask=ok)


class RotaryTriton(torch.nn.Module):
    def forward(self, x, cos, sin):
        out = x.clone(memory_format=torch.contiguous_format)
        batch, steps, heads, width = out.shape
        turn_in_place[(batch * steps * heads,)](
            out, cos.contiguous(), sin.contiguous(), heads, steps, width // 2, TILE=triton.next_power_of_2(width // 2)
        )
        return out
