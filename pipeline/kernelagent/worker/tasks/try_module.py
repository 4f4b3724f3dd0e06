"""Task ``try_module``: a module that a model made of words, run once in the sandbox.

``{file, policy}`` → ``{error, inputs, outputs, has_state}``: shapes as text.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils._pytree import tree_leaves

from kernelagent.worker import sandbox


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    sandbox.enter(args["policy"])
    try:
        return {"error": "", **_seen(Path(args["file"]))}
    except BaseException as exc:  # noqa: BLE001  the file may raise anything
        return {"error": f"running it raises {type(exc).__name__}: {exc}"}


def _seen(file: Path) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("_described", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    inputs = list(module.get_inputs())
    model = module.Model(*module.get_init_inputs())
    with torch.no_grad():
        first = tree_leaves(model(*inputs))
        again = tree_leaves(model(*inputs))
    tensors = [leaf for leaf in first if isinstance(leaf, torch.Tensor)]
    if not tensors:
        raise TypeError("forward() gives no tensor")
    for a, b in zip(first, again, strict=True):
        if isinstance(a, torch.Tensor) and not torch.equal(a.nan_to_num(), b.nan_to_num()):
            raise ValueError("forward() gives another result for the same inputs the second time")
    return {
        "inputs": [_told(leaf) for leaf in tree_leaves(inputs) if isinstance(leaf, torch.Tensor)],
        "outputs": [_told(leaf) for leaf in tensors],
        "has_state": bool(model.state_dict()),
    }


def _told(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')}{list(tensor.shape)}"
