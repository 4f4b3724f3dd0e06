"""Recurrences: PyTorch's own, and loops that the source writes out."""

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
    "loop over steps": Case(
        "torch.randn(6, 5, 9), torch.randn(5, 12)",
        "ys, h = [], y\n        for t in range(x.shape[0]):\n            h = self.l(torch.cat([x[t], h], 1)).tanh()\n"
        "            ys.append(self.o(h))\n        return torch.stack(ys), h",
        "self.l = nn.Linear(21, 12); self.o = nn.Linear(12, 3)",
    ),
    "loop over unbound columns": Case(
        "torch.randn(5, 6, 9)",
        "h = x.new_zeros(5, 9)\n        ys = []\n        for v in x.unbind(1):\n            h = 0.9 * h + v * self.g\n"
        "            ys.append(h.unsqueeze(1))\n        return torch.cat(ys, 1)",
        "self.g = nn.Parameter(torch.randn(9))",
    ),
    "loop backwards": Case(
        "torch.randn(5, 7, 9)",
        "h = x[:, 0] * 0\n        ys = []\n        for t in range(6, -1, -1):\n            h = (h + x[:, t]).tanh()"
        "\n            ys.append(h * 2)\n        return torch.stack(ys, 1)",
    ),
    "lstm cell by hand": Case(
        "torch.randn(6, 5, 9)",
        "h, c = x.new_zeros(5, 12), x.new_zeros(5, 12)\n        for t in range(x.shape[0]):\n"
        "            h, c = self.cell(x[t], (h, c))\n        return h, c",
        "self.cell = nn.LSTMCell(9, 12)",
    ),
    "gru cell by hand": Case(
        "torch.randn(6, 5, 9)",
        "h = x.new_zeros(5, 12)\n        for t in range(x.shape[0]):\n            h = self.cell(x[t], h)"
        "\n        return h",
        "self.cell = nn.GRUCell(9, 12)",
    ),
}

IN_EVERY_DTYPE = ("lstm", "gru layers both ways")
