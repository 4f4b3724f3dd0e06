"""A problem whose module does not export: what it takes and gives, learned by running it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from kernelagent.contract.problem import FreeSize, Problem, TensorSpec
from kernelagent.contract.result_structure import returned
from kernelagent.contract.returned import Returned
from kernelagent.errors import KernelAgentError, ModelRaised
from kernelagent.worker.problem.build import build_model, evaluate, saved_tensors
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.inputs import Specimen, bind, make_inputs, named_tensors
from kernelagent.worker.problem.load import line_in
from kernelagent.worker.problem.result_structure import structured

SYMBOL = "s0"
TRIED = (3, 5, 7)
"""Leading sizes that a free one is tried at: two that are not the example's."""


@dataclass(frozen=True)
class _Seen:
    """What one call gave and changed."""

    results: list[torch.Tensor]
    told: Returned | None
    """How the results are put together."""
    state: tuple[TensorSpec, ...]
    updates: tuple[str, ...]
    writes: tuple[str, ...]


def observed(problem: Problem) -> Problem:
    """Specs, state and, where every input leads with the same size and other sizes of it run, that size as free.

    Raises ``ModelRaised`` where the module raises on its example.
    """
    specimen = bind(problem, evaluate(problem, problem.example.inputs, "inputs"))
    inputs = tuple(_spec(name, tensor) for name, tensor in named_tensors(specimen))
    problem = dataclasses.replace(problem, inputs=inputs)
    seen = _run(problem, specimen)
    outputs = tuple(_spec(f"output.{i}", tensor) for i, tensor in enumerate(seen.results))
    problem = dataclasses.replace(problem, returned=seen.told, outputs=outputs)
    problem = dataclasses.replace(problem, state=seen.state, updates=seen.updates, writes=seen.writes)
    return _with_free_size(problem) or problem


def _run(problem: Problem, specimen: Specimen) -> _Seen:
    model = build_model(problem)
    before = {key: tensor.clone() for key, tensor in saved_tensors(model).items()}
    given_before = {name: tensor.clone() for name, tensor in named_tensors(specimen)}
    state = tuple(_spec(key, tensor) for key, tensor in saved_tensors(model).items())
    try:
        with torch.no_grad():
            torch.manual_seed(0)
            given = model(*specimen.args, **specimen.kwargs)
    except Exception as exc:
        raise ModelRaised(
            f"{problem.class_name}.forward raised {type(exc).__name__} on the example inputs: {exc}",
            file=problem.file,
            line=line_in(exc, problem.file) or problem.line,
        ) from exc
    updates, writes = _changed(before, saved_tensors(model)), _changed(given_before, dict(named_tensors(specimen)))
    tensors: list[torch.Tensor] = []

    def numbered(value: object) -> dict[str, int] | None:
        if not isinstance(value, torch.Tensor):
            return None
        tensors.append(value)
        return {"output": len(tensors) - 1}

    told = returned(structured(given, numbered))
    return _Seen(tensors, told, state, updates, writes)


def _changed(before: Mapping[str, torch.Tensor], after: Mapping[str, torch.Tensor]) -> tuple[str, ...]:
    return tuple(key for key, tensor in before.items() if key in after and not same_bits(tensor, after[key]))


def _with_free_size(problem: Problem) -> Problem | None:
    leading = {spec.shape[0] for spec in problem.inputs if spec.shape}
    if len(leading) != 1 or any(not spec.shape for spec in problem.inputs):
        return None
    (example,) = leading
    inputs = tuple(dataclasses.replace(s, dims=(SYMBOL, *map(str, s.shape[1:]))) for s in problem.inputs)
    free = FreeSize(SYMBOL, example, where=f"{inputs[0].name}.shape[0]")
    wanted = dataclasses.replace(problem, inputs=inputs, free_sizes=(free,))
    shapes = {example: [spec.shape for spec in problem.outputs]}
    try:
        for size in [size for size in TRIED if size != example][:2]:
            seen = _run(wanted, make_inputs(wanted, {SYMBOL: size}))
            shapes[size] = [tuple(tensor.shape) for tensor in seen.results]
    except KernelAgentError:
        return None
    dims = [_dims([*shapes], axes) for axes in zip(*shapes.values(), strict=False)]
    if any(found is None for found in dims) or len({len(found) for found in shapes.values()}) != 1:
        return None
    told = zip(wanted.outputs, dims, strict=True)
    return dataclasses.replace(
        wanted, outputs=tuple(dataclasses.replace(spec, dims=found or ()) for spec, found in told)
    )


def _dims(sizes: list[int], shapes: tuple[tuple[int, ...], ...]) -> tuple[str, ...] | None:
    """One output's dimensions at the sizes tried, as expressions; ``None`` where they follow no simple rule."""
    if len({len(shape) for shape in shapes}) != 1:
        return None
    found = []
    for axis in zip(*shapes, strict=True):
        if len(set(axis)) == 1:
            found.append(str(axis[0]))
            continue
        ratios = {value / size for value, size in zip(axis, sizes, strict=True)}
        ratio = ratios.pop()
        if ratios or ratio != int(ratio):
            return None
        found.append(SYMBOL if ratio == 1 else f"{int(ratio)}*{SYMBOL}")
    return tuple(found)


def _spec(name: str, tensor: torch.Tensor) -> TensorSpec:
    shape = tuple(tensor.shape)
    strides = () if tensor.is_contiguous() else tuple(map(str, tensor.stride()))
    return TensorSpec(name, shape, str(tensor.dtype).removeprefix("torch."), tuple(map(str, shape)), strides=strides)
