"""The module with operators by the formula that PyTorch's documentation gives, where its kernels compute by another.

Among finite numbers both are one; of infinities one makes NaN where the other does not, and a kernel may follow either.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class AsDocumented(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """``lerp`` is ``start + weight * (end - start)``; PyTorch begins at ``end`` where the weight is a half or more."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket is torch.ops.aten.lerp:
            start, end, weight = args
            return start + weight * (end - start)
        return func(*args, **(kwargs or {}))
