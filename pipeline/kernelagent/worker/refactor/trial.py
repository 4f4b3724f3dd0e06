"""Run a rewritten module in the sandbox, and note what its pieces are: their classes, what they are given and give, the
operators that they run. All that is told of the pieces comes from here; nothing is taken on a model's word."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from kernelagent.contract.operators import is_view
from kernelagent.worker.judge.turned import Turned
from kernelagent.worker.refactor.seen_values import seen


class BadRewrite(Exception):
    """What is wrong with the file, in words for whoever wrote it."""


@dataclass
class PieceCall:
    """One call of a piece."""

    name: str
    class_name: str
    inputs: list[dict[str, Any]]
    """``{name, shape, dtype, stride, weight}``; ``weight`` is a key of the state, or empty."""
    outputs: list[dict[str, Any]]
    operators: list[dict[str, Any]] = field(default_factory=list)


class _Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Every operator that runs, into whichever piece is running; ``None`` between pieces."""

    def __init__(self, file: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.current: PieceCall | None = None
        self.outside: list[str] = []
        self._file = file
        self._names: dict[int, tuple[str, torch.Tensor]] = {}
        """By identity, with the tensor, so that it lives and no other gets its identity."""

    def begin(self, call: PieceCall, given: Sequence[torch.Tensor]) -> None:
        self.current = call
        self._names = {id(tensor): (entry["name"], tensor) for entry, tensor in zip(call.inputs, given, strict=True)}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        out = func(*args, **given)
        op = str(func)
        if self.current is not None:
            number = len(self.current.operators)
            tensors = [leaf for leaf in tree_flatten(out)[0] if isinstance(leaf, torch.Tensor)]
            leaves = [_described(tensor) for tensor in tensors]
            told = leaves[0] if len(leaves) == 1 else {"results": leaves}
            arguments = {name: self._text(value) for name, value in _by_name(func, args, given)}
            line = _line_in(self._file)
            self.current.operators.append({"op": op, "arguments": arguments, "line": line, **told})
            for place, tensor in enumerate(tensors):
                name = f"v{number}" if len(tensors) == 1 else f"v{number}[{place}]"
                self._names.setdefault(id(tensor), (name, tensor))
        elif not is_view(op):
            self.outside.append(op)
        return out

    def _text(self, value: Any) -> str:
        if isinstance(value, torch.Tensor):
            name, _ = self._names.get(id(value), ("", value))
            return name or (str(value.item()) if value.dim() == 0 else "a constant")
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(map(self._text, value))}]"
        return str(value).removeprefix("torch.")


def _by_name(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """All that an operator is called with, by the names of its schema, in its order, defaults filled in."""
    for place, parameter in enumerate(func._schema.arguments):
        if place < len(args):
            yield parameter.name, args[place]
        elif parameter.name in kwargs or parameter.has_default_value():
            yield parameter.name, kwargs.get(parameter.name, parameter.default_value)


def _line_in(file: str) -> int | None:
    """The innermost line of ``file`` that is running."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != file:
        frame = frame.f_back  # type: ignore[assignment]
    return frame.f_lineno if frame is not None else None


def load_fused(file: Path, name: str, turned: Turned | None = None) -> Any:
    """The class ``name`` of ``file``, watched by ``turned``. Raises ``BadRewrite`` with what the file does instead."""
    spec = importlib.util.spec_from_file_location("_rewritten", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        if turned is None:
            spec.loader.exec_module(module)
        else:
            turned.give(vars(module))
            tree = turned.watched(importlib.util.decode_source(file.read_bytes()), str(file))
            exec(compile(tree, str(file), "exec", dont_inherit=True), vars(module))
    except BaseException as exc:
        raise BadRewrite(f"importing the file raises {type(exc).__name__}: {exc}") from exc
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, torch.nn.Module)):
        raise BadRewrite(f"it does not define the module class {name}")
    return found


def traced(
    model: torch.nn.Module, state: dict[str, torch.Tensor], args: Any, kwargs: Any, file: Path
) -> tuple[Any, list[PieceCall]]:
    """The result of ``model``, which ``file`` defines, and a record for each call of a direct child of it."""
    weights = {key: tensor for key, tensor in state.items() if tensor.numel()}
    calls: list[PieceCall] = []
    watch = _Operators(str(file))
    for name, child in model.named_children():
        _watched(name, child, watch, weights, calls)
    with torch.no_grad(), watch:
        torch.manual_seed(0)
        result = model(*args, **kwargs)
    if not calls:
        raise BadRewrite("forward() calls none of the pieces; they must be attributes of the fused module")
    computing = sorted(set(watch.outside) - _HARMLESS)
    if computing:
        raise BadRewrite(f"forward() of the fused module computes by itself ({', '.join(computing)}); a piece must")
    return result, calls


_HARMLESS = frozenset(
    {"aten.clone.default", "aten.copy_.default", "aten._local_scalar_dense.default", "aten.is_nonzero.default"}
    | {"aten.empty.memory_format", "aten.item.default", "aten.detach.default"}
)


def _watched(
    name: str, child: torch.nn.Module, watch: _Operators, weights: dict[str, torch.Tensor], calls: list[PieceCall]
) -> None:
    def before(module: torch.nn.Module, args: Any, kwargs: Any) -> None:
        given = [*args, *kwargs.values()]
        if kwargs or not all(isinstance(value, torch.Tensor) for value in given):
            raise BadRewrite(f"{name} is called with something else than tensors in order")
        names = _argument_names(module, len(given))
        inputs = [
            {"name": n, **_described(t), "weight": _weight(t, weights), "seen": seen(t)}
            for n, t in zip(names, given, strict=True)
        ]
        watch.begin(PieceCall(name, type(module).__name__, inputs, []), given)

    def after(module: torch.nn.Module, args: Any, out: Any) -> None:
        call, watch.current = watch.current, None
        leaves = tree_flatten(out)[0]
        if call is None or not leaves or not all(isinstance(leaf, torch.Tensor) for leaf in leaves):
            raise BadRewrite(f"{name} gives something else than tensors")
        call.outputs = [_described(leaf) for leaf in leaves]
        calls.append(call)

    if next(iter(child.state_dict()), None) is not None:
        raise BadRewrite(f"{name} has weights of its own; pieces are given all weights as arguments")
    child.register_forward_pre_hook(before, with_kwargs=True)
    child.register_forward_hook(after)


def _weight(given: torch.Tensor, weights: dict[str, torch.Tensor]) -> str:
    """The key of the weight that ``given`` is, with the part of it where it is a view; empty where it is none."""
    memory = given.untyped_storage().data_ptr()
    within = {k: w for k, w in weights.items() if w.untyped_storage().data_ptr() == memory and w.dtype == given.dtype}
    if not given.numel():
        return ""
    for key, weight in within.items():
        if (weight.data_ptr(), weight.shape, weight.stride()) == (given.data_ptr(), given.shape, given.stride()):
            return key
    for key, weight in within.items():
        first = given.storage_offset() - weight.storage_offset()
        if first >= 0 and first + _extent(given) <= _extent(weight):
            return f"{key}, as sizes {tuple(given.shape)} with strides {given.stride()} from element {first}"
    return ""


def _extent(tensor: torch.Tensor) -> int:
    """Elements of memory from its first to its last."""
    return 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))


def _argument_names(module: torch.nn.Module, count: int) -> list[str]:
    code = type(module).forward.__code__
    names = list(code.co_varnames[1 : code.co_argcount])
    if len(names) < count:
        raise BadRewrite(f"forward() of {type(module).__name__} has no name for each of its {count} arguments")
    return names[:count]


def _described(tensor: torch.Tensor) -> dict[str, Any]:
    return {
        "shape": list(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "stride": list(tensor.stride()),
    }


def as_json(calls: list[PieceCall]) -> Iterator[dict[str, Any]]:
    for call in calls:
        yield {
            "name": call.name,
            "class_name": call.class_name,
            "inputs": call.inputs,
            "outputs": call.outputs,
            "operators": call.operators[:500],
        }
