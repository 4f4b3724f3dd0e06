"""Recurrences: PyTorch's own."""

from __future__ import annotations

from tests.synth.case import Case

RECURRENCE_CASES: dict[str, Case] = {
    "lstm": Case("torch.randn(7, 5, 9)", "return self.r(x)", "self.r = nn.LSTM(9, 12)"),
    "lstm layers batch first": Case(
        "torch.randn(5, 7, 9)",
        "out, (h, c) = self.r(x)\n        return out[:, -1].relu(), h, c",
        "self.r = nn.LSTM(9, 12, 3, batch_first=True)",
    ),
    "lstm both ways given states": Case(
        "torch.randn(7, 5, 9), torch.randn(4, 5, 12), torch.randn(4, 5, 12)",
        "out, (h, c) = self.r(x, (y, z))\n        return out, h, c",
        "self.r = nn.LSTM(9, 12, 2, bidirectional=True)",
    ),
    "lstm without biases": Case("torch.randn(7, 5, 9)", "return self.r(x)[0]", "self.r = nn.LSTM(9, 12, bias=False)"),
    "lstm projected": Case(
        "torch.randn(7, 5, 9)", "return self.r(x)", "self.r = nn.LSTM(9, 12, 2, proj_size=5, bidirectional=True)"
    ),
    "lstm of one sequence": Case("torch.randn(7, 9)", "return self.r(x)", "self.r = nn.LSTM(9, 12)"),
    "lstm between": Case(
        "torch.randn(5, 7, 9)",
        "return self.head(self.r(self.norm(x))[0].relu()).softmax(-1)",
        "self.norm = nn.LayerNorm(9); self.r = nn.LSTM(9, 12, batch_first=True); self.head = nn.Linear(12, 3)",
    ),
    "gru": Case("torch.randn(7, 5, 9)", "return self.r(x)", "self.r = nn.GRU(9, 12)"),
    "gru layers both ways": Case(
        "torch.randn(7, 5, 9), torch.randn(4, 5, 12)",
        "return self.r(x, y)",
        "self.r = nn.GRU(9, 12, 2, bidirectional=True)",
    ),
    "gru without biases batch first": Case(
        "torch.randn(5, 7, 9)", "return self.r(x)[1]", "self.r = nn.GRU(9, 12, 2, bias=False, batch_first=True)"
    ),
    "rnn tanh": Case("torch.randn(7, 5, 9)", "return self.r(x)", "self.r = nn.RNN(9, 12, 2)"),
    "rnn relu both ways": Case(
        "torch.randn(7, 5, 9)", "return self.r(x)", "self.r = nn.RNN(9, 12, 2, nonlinearity='relu', bidirectional=True)"
    ),
    "rnn of wide states": Case("torch.randn(4, 3, 40)", "return self.r(x)", "self.r = nn.RNN(40, 150)"),
}

IN_EVERY_DTYPE = ("lstm", "gru layers both ways")
