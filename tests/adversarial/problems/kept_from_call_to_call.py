import torch


# kernelagent: inputs=(torch.randn(4, 24),)
class Differences(torch.nn.Module):
    """The frame before is kept in an attribute that is no buffer, and that the first call makes."""

    def __init__(self):
        super().__init__()
        self.last = None

    def forward(self, x):
        y = 2 * x if self.last is None else 2 * x - self.last
        self.last = x.clone()
        return y


# kernelagent: inputs=(torch.randn(4, 24),)
class WarmingUp(torch.nn.Module):
    """A number of Python's counts the calls."""

    def __init__(self):
        super().__init__()
        self.step = 0

    def forward(self, x):
        self.step += 1
        return x * min(1.0, self.step / 8)


# kernelagent: inputs=(torch.randn(2, 1, 4, 16), torch.randn(2, 1, 4, 16), torch.randn(2, 1, 4, 16))
class Decoding(torch.nn.Module):
    """Keys and values of all the calls before, in lists of a plain object's."""

    def __init__(self):
        super().__init__()
        self.cache = {"keys": [], "values": []}

    def forward(self, q, k, v):
        self.cache["keys"].append(k)
        self.cache["values"].append(v)
        keys, values = (torch.cat(self.cache[name], 1) for name in ("keys", "values"))
        scores = torch.einsum("bqhd,bkhd->bhqk", q, keys) / 4
        return torch.einsum("bhqk,bkhd->bqhd", torch.softmax(scores, -1), values)


# kernelagent: inputs=(torch.randn(4, 24),)
class ScaledByTheFirst(torch.nn.Module):
    """The first call sets a buffer, and a flag that is none."""

    def __init__(self):
        super().__init__()
        self.is_set = False
        self.register_buffer("scale", torch.ones(1))

    def forward(self, x):
        if not self.is_set:
            self.scale.copy_(x.abs().max().reshape(1))
            self.is_set = True
        return x / self.scale


# kernelagent: inputs=(torch.randn(4, 24),)
class Remembering(torch.nn.Module):
    """What it keeps is for whoever looks at it: no later call reads it."""

    def __init__(self):
        super().__init__()
        self.largest = None

    def forward(self, x):
        self.largest = x.amax(-1)
        return x - self.largest[:, None]


# kernelagent: inputs=(torch.randn(4, 24),)
class Smoothed(torch.nn.Module):
    """A tensor that is there from the beginning, and is replaced by each call."""

    def __init__(self):
        super().__init__()
        self.mean = torch.zeros(4, 24)

    def forward(self, x):
        self.mean = 0.5 * self.mean + 0.5 * x
        return self.mean.clone()
