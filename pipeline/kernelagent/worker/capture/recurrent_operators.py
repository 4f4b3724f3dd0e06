"""Recurrences as operators of one piece.

PyTorch's own (``aten.lstm`` ...) are made of others, and a trace runs them step by step to learn the shape of what they
give: that binds the number of steps, and takes minutes for some hundreds. The stand-ins here say their shapes at once.
In the graph they bear the names of those that they stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

_TAIL = "bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first"
_SCHEMAS = {
    "lstm": f"(Tensor input, Tensor[] hx, Tensor[] params, {_TAIL}) -> (Tensor, Tensor, Tensor)",
    "gru": f"(Tensor input, Tensor hx, Tensor[] params, {_TAIL}) -> (Tensor, Tensor)",
    "rnn_tanh": f"(Tensor input, Tensor hx, Tensor[] params, {_TAIL}) -> (Tensor, Tensor)",
    "rnn_relu": f"(Tensor input, Tensor hx, Tensor[] params, {_TAIL}) -> (Tensor, Tensor)",
}
_NAMESPACE = "kernelagent"
_LIBRARY = torch.library.Library(_NAMESPACE, "DEF")  # type: ignore[no-untyped-call]


def _shapes(
    input: torch.Tensor,
    hx: torch.Tensor | Sequence[torch.Tensor],
    params: Sequence[torch.Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[torch.Tensor, ...]:
    """Results as PyTorch lays them out: steps first in memory, whatever comes first in the shape."""
    states = [hx] if isinstance(hx, torch.Tensor) else list(hx)
    steps, batch = (input.shape[1], input.shape[0]) if batch_first else (input.shape[0], input.shape[1])
    out = input.new_empty((steps, batch, states[0].shape[2] * (2 if bidirectional else 1)))
    out = out.transpose(0, 1) if batch_first else out
    return (out, *(torch.empty_like(state, memory_format=torch.contiguous_format) for state in states))


for _name, _schema in _SCHEMAS.items():
    _LIBRARY.define(_name + _schema)  # type: ignore[no-untyped-call]
    torch.library.register_fake(f"{_NAMESPACE}::{_name}", _shapes, lib=_LIBRARY)

_STAND_INS = {getattr(torch, name): getattr(torch.ops.kernelagent, name).default for name in _SCHEMAS}


def stand_in(func: Any, args: Sequence[Any]) -> Any | None:
    """What takes the place of a call of ``torch.lstm`` and the like; packed sequences have none."""
    if func not in _STAND_INS or len(args) < 3 or not isinstance(args[2], (list, tuple)):
        return None
    return _STAND_INS[func]


def aten_name(target: str) -> str:
    """``kernelagent.lstm.default`` → ``aten.lstm.input``; other names as they are."""
    space, _, rest = target.partition(".")
    return f"aten.{rest.partition('.')[0]}.input" if space == _NAMESPACE else target
