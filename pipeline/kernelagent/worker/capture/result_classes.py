"""Classes of the user's that a module returns and ``torch.export`` does not know: dataclasses are made known to it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import SUPPORTED_NODES, KeyEntry, MappingKey, register_pytree_node, tree_leaves, tree_map

from kernelagent.worker.problem.deep_copy import deep_copy
from kernelagent.worker.problem.inputs import Specimen

_PLAIN = (torch.Tensor, bool, int, float, complex, str, type(None), torch.dtype, torch.device)


def made_known(model: torch.nn.Module, specimen: Specimen, mode: FakeTensorMode | None) -> bool:
    """Register the dataclasses in what ``model`` returns; whether there were any that were not known. A copy of it is
    run, which may change its buffers and its inputs."""
    with contextlib.suppress(Exception):  # what it raises is told where it is run for that
        with mode or contextlib.nullcontext(), torch.no_grad():
            args, kwargs = tree_map(_copied, (specimen.args, specimen.kwargs))
            found = list(dict.fromkeys(_dataclasses(deep_copy(model)(*args, **kwargs))))
        for kind in found:
            _register(kind)
        return bool(found)
    return False


def unknown_kind(given: Any, failure: Exception) -> type | None:
    """The class of something in the result ``given`` that ``failure``, what ``torch.export`` raised, speaks of."""
    kinds = (type(leaf) for leaf in tree_leaves(given) if not isinstance(leaf, _PLAIN))
    return next((kind for kind in kinds if str(kind) in str(failure)), None)


def _copied(leaf: Any) -> Any:
    return leaf.clone() if isinstance(leaf, torch.Tensor) else leaf


def _dataclasses(value: Any) -> Iterator[type]:
    """Those that are not known, at any depth."""
    for leaf in tree_leaves(value):
        if dataclasses.is_dataclass(leaf) and not isinstance(leaf, type) and type(leaf) not in SUPPORTED_NODES:
            yield type(leaf)
            yield from _dataclasses([getattr(leaf, field.name) for field in dataclasses.fields(leaf)])


def _register(kind: type) -> None:
    """By its fields. It is put together again without its constructor, which may look at what it is given: a trace has
    other things than tensors in their places."""
    names = [field.name for field in dataclasses.fields(kind)]

    def items(value: Any) -> tuple[list[Any], None]:
        return [getattr(value, name) for name in names], None

    def keyed(value: Any) -> tuple[list[tuple[KeyEntry, Any]], None]:
        return [(MappingKey(name), getattr(value, name)) for name in names], None

    def together(found: Iterable[Any], context: Any) -> Any:
        value: Any = object.__new__(kind)
        for name, item in zip(names, found, strict=True):
            object.__setattr__(value, name, item)
        return value

    register_pytree_node(kind, items, together, flatten_with_keys_fn=keyed)
