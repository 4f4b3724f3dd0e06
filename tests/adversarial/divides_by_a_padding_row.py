# problem: at_the_ends::UnitRows | tries: no eps beside the length of a table's rows, of which one is zeros as it is made | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def unit_rows(token, word, out, WIDTH: tl.constexpr, PADDED: tl.constexpr):
    place = tl.program_id(0)
    i = tl.arange(0, PADDED)
    v = tl.load(word + tl.load(token + place) * WIDTH + i, mask=i < WIDTH, other=0.0)
    tl.store(out + place * WIDTH + i, v * tl.rsqrt(tl.sum(v * v, 0)), mask=i < WIDTH)


class UnitRowsTriton(torch.nn.Module):
    def __init__(self, words=30, width=20):
        super().__init__()
        self.words = torch.nn.Embedding(words, width, padding_idx=0)

    def forward(self, tokens):
        tokens, width = tokens.contiguous(), self.words.weight.shape[1]
        out = torch.empty((*tokens.shape, width), device=tokens.device)
        if tokens.numel():
            padded = triton.next_power_of_2(width)
            unit_rows[(tokens.numel(),)](tokens, self.words.weight, out, WIDTH=width, PADDED=padded)
        return out
