"""Copies of a module whose large weights lie in a file: each maps the file anew, privately, in place of copying it.

A call must not see what another one wrote, so the module is copied for each. With weights of gigabytes that would be
most of the time, and several copies would not fit into memory. A private map costs nothing until it is written to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from kernelagent.worker.judge import tensorfile
from kernelagent.worker.problem.deep_copy import deep_copy

_files: Any = WeakTensorKeyDictionary()
"""A tensor that lies in a file → the file, and the entry of the state there."""


def settle_in_file(model: torch.nn.Module, path: Path) -> None:
    """Let the large weights of ``model``, which were written to ``path``, lie in that file from now on: the memory that
    they had is free. One that shares its memory with another stays where it is. Nobody may write to them any more but
    in copies."""
    own = {k: v for k, v in model.state_dict(keep_vars=True).items() if isinstance(v, torch.Tensor)}
    everything = {id(tensor): _address(tensor) for tensor in (*own.values(), *model.parameters(), *model.buffers())}
    addresses = list(everything.values())
    large = {
        key: tensor
        for key, tensor in own.items()
        if tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size() >= tensorfile.MAPPED_BYTES
        and addresses.count(_address(tensor)) == 1
    }
    if not large:
        return
    mapped = tensorfile.read_mapped(path)
    for key, tensor in large.items():
        tensor.data = mapped[key]
        _files[tensor] = (path, key)


def copied(model: torch.nn.Module) -> torch.nn.Module:
    """A deep copy of ``model``, its large weights mapped."""
    memo: dict[int, torch.Tensor] = {}
    states: dict[Path, Any] = {}
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor in _files and id(tensor) not in memo:
            path, key = _files[tensor]
            if path not in states:
                states[path] = tensorfile.read_mapped(path)
            data = states[path][key]
            is_parameter = isinstance(tensor, torch.nn.Parameter)
            memo[id(tensor)] = torch.nn.Parameter(data, tensor.requires_grad) if is_parameter else data
    return deep_copy(model, memo)


def _address(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
