"""Run a rewritten module in the sandbox, and note what its pieces are: their classes, what they are given and give, the
operators that they run. All that is told of the pieces comes from here; nothing is taken on a model's word."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from kernelagent.contract.operators import is_view


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

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.current: PieceCall | None = None
        self.outside: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        op = str(func)
        if self.current is not None:
            leaves = [_described(leaf) for leaf in tree_flatten(out)[0] if isinstance(leaf, torch.Tensor)]
            told = leaves[0] if len(leaves) == 1 else {"results": leaves}
            self.current.operators.append({"op": op, **told})
        elif not is_view(op):
            self.outside.append(op)
        return out


def load_fused(file: Path, name: str) -> Any:
    """The class ``name`` of ``file``. Raises ``BadRewrite`` with what the file does instead."""
    spec = importlib.util.spec_from_file_location("_rewritten", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException as exc:
        raise BadRewrite(f"importing the file raises {type(exc).__name__}: {exc}") from exc
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, torch.nn.Module)):
        raise BadRewrite(f"it does not define the module class {name}")
    return found


def traced(
    model: torch.nn.Module, state: dict[str, torch.Tensor], args: Any, kwargs: Any
) -> tuple[Any, list[PieceCall]]:
    """The result of ``model``, and a record for each call of a direct child of it."""
    weights = {tensor.data_ptr(): key for key, tensor in state.items() if tensor.numel()}
    calls: list[PieceCall] = []
    watch = _Operators()
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
    name: str, child: torch.nn.Module, watch: _Operators, weights: dict[int, str], calls: list[PieceCall]
) -> None:
    def before(module: torch.nn.Module, args: Any, kwargs: Any) -> None:
        given = [*args, *kwargs.values()]
        if kwargs or not all(isinstance(value, torch.Tensor) for value in given):
            raise BadRewrite(f"{name} is called with something else than tensors in order")
        names = _argument_names(module, len(given))
        inputs = [
            {"name": n, **_described(t), "weight": weights.get(t.data_ptr(), "")}
            for n, t in zip(names, given, strict=True)
        ]
        watch.current = PieceCall(name, type(module).__name__, inputs, [])

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
