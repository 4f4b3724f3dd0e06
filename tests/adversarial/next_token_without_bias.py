# problem: chosen_places::NextToken | tries: a linear layer without its bias | caught by: values | slow: yes
import torch
import triton
import triton.language as tl


@triton.jit
def next_token(x, w, b, out, rows, width, words, sr, sc, ROWS: tl.constexpr, WIDTH: tl.constexpr, WORDS: tl.constexpr):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    word = tl.arange(0, WORDS)
    total = tl.zeros((ROWS, WORDS), dtype=tl.float32)
    for start in range(0, width, WIDTH):
        k = start + tl.arange(0, WIDTH)
        there = (row[:, None] < rows) & (k[None, :] < width)
        part = tl.load(x + row[:, None] * sr + k[None, :] * sc, mask=there, other=0.0)
        there = (word[None, :] < words) & (k[:, None] < width)
        weight = tl.load(w + word[None, :] * width + k[:, None], mask=there, other=0.0)
        total = tl.dot(part, weight, total, input_precision="ieee")
    total = tl.where(word[None, :] < words, total, float("-inf"))
    tl.store(out + row, tl.argmax(total, axis=1).to(tl.int64), mask=row < rows)


class NextTokenTriton(torch.nn.Module):
    def __init__(self, width, words):
        super().__init__()
        self.head = torch.nn.Linear(width, words)

    def forward(self, x):
        rows, width = x.shape
        words = self.head.bias.shape[0]
        out = torch.empty((rows,), dtype=torch.int64, device=x.device)
        if rows:
            next_token[(triton.cdiv(rows, 16),)](
                x, self.head.weight, self.head.bias, out, rows, width, words, *x.stride(), ROWS=16, WIDTH=16, WORDS=64
            )
        return out
