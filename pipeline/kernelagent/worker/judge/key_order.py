"""Dictionaries among a case's inputs with their keys the other way round.

``x, y = d.values()`` is right as long as every dictionary was written in the example's order. About half of the cases
hand the kernel another one, wherever the module's own result does not hang on it.
"""

from __future__ import annotations

import zlib
from typing import Any

import torch

from kernelagent.contract.result_structure import key_text
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.reference_run import ReferenceRun
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.tensors import tensors_in


def of_case(name: str, model: torch.nn.Module, specimen: Specimen, result: ReferenceRun) -> Specimen:
    """What a kernel is given in the case of that name. The example stays as it is, and ``specimen`` where ``model``
    gives another ``result`` for the other order."""
    if name == "example" or zlib.crc32(name.encode()) % 2:
        return specimen
    other = turned(specimen)
    return specimen if other is None or hangs_on_it(model, other, result) else other


def turned(specimen: Specimen) -> Specimen | None:
    """``None``: it has no dictionary of several entries."""
    has_any = False

    def change(value: Any) -> Any:
        nonlocal has_any
        if isinstance(value, dict):
            has_any |= len(value) > 1
            entries = {key: change(value[key]) for key in reversed(value)}
            return entries if type(value) is dict else _like(value, entries)
        if type(value) in (list, tuple):
            return type(value)(map(change, value))
        return value

    args, kwargs = change(specimen.args), {name: change(value) for name, value in specimen.kwargs.items()}
    return Specimen(args, kwargs, specimen.names) if has_any else None


def hangs_on_it(model: torch.nn.Module, other: Specimen, result: ReferenceRun) -> bool:
    """Whether ``model`` gives something else than ``result``, or the same in another order, or raises."""
    try:
        found = reference_run.run(model, other)
    except Exception:  # noqa: BLE001  it may raise anything on another order
        return True
    one, two = (list(tensors_in((run.outputs, run.state))) for run in (result, found))
    alike = [path for path, _ in one] == [path for path, _ in two] and _keys(result.outputs) == _keys(found.outputs)
    return not alike or not all(a.shape == b.shape and same_bits(a, b) for (_, a), (_, b) in zip(one, two, strict=True))


def _like(value: dict[Any, Any], entries: dict[Any, Any]) -> dict[Any, Any]:
    """A dictionary of a class of its own, which a copy keeps."""
    made = value.copy()
    made.clear()
    made.update(entries)
    return made


def _keys(value: Any) -> list[Any]:
    """Of all dictionaries in it, in order."""
    if isinstance(value, dict):
        return [*map(key_text, value), *(_keys(item) for item in value.values())]
    return [_keys(item) for item in value] if isinstance(value, (list, tuple)) else []
