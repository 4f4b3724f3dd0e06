"""Run ``torch.export`` on a problem and turn what it gives into a :class:`Graph` and a filled-in :class:`Problem`."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import logging
import warnings
from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.contract.result_structure import returned
from kernelagent.errors import BadExampleInputs, ConstantModel, InitFailed, KernelAgentError, ModelRaised, NotExportable
from kernelagent.worker.capture.constructor_arguments import constructor_of
from kernelagent.worker.capture.graph import Graph, OwnParameter
from kernelagent.worker.capture.guards import admit
from kernelagent.worker.capture.modes import decides_by_mode
from kernelagent.worker.capture.module_state import FirstCallDiffers
from kernelagent.worker.capture.read_program import read_program, user_inputs
from kernelagent.worker.capture.result_classes import made_known, unknown_kind
from kernelagent.worker.capture.rolled import rolled
from kernelagent.worker.capture.signature import forward_arguments
from kernelagent.worker.capture.spelled import with_sources
from kernelagent.worker.capture.tracer import Tracer
from kernelagent.worker.capture.work import work
from kernelagent.worker.problem import Specimen, build_model, load_class, make_inputs, named_tensors, saved_tensors
from kernelagent.worker.problem.bounded_weights import BoundedWeights, TooManyBytes
from kernelagent.worker.problem.build import evaluate
from kernelagent.worker.problem.inputs import bind, fake_inputs, total_bytes
from kernelagent.worker.problem.load import line_in
from kernelagent.worker.problem.memory_rows import told_in_rows
from kernelagent.worker.problem.not_judged import refuse_results
from kernelagent.worker.problem.sizes import evaluate_dim

SMALL_BYTES = 1 << 28
"""Up to this many bytes of inputs or of weights, the real ones are made; beyond, they stay fake."""


def capture(problem: Problem, whole: Collection[str]) -> tuple[Problem, Graph]:
    """Capture the module of ``problem``. ``whole`` names the operators that the synthesizer takes undecomposed.

    Raises the catalogue's errors for everything that a user can mend: see docs/errors.md.
    """
    specimen, fills, mode = _learn_inputs(problem)
    _refuse_empty(problem, specimen)
    problem = dataclasses.replace(problem, inputs=_specs(specimen, fills), line=problem.line or _class_line(problem))
    model, specimen, mode = _constructed(problem, specimen, mode)
    tracer = Tracer(model, [spec.name for spec in problem.inputs], mode)
    program = _export(problem, tracer, specimen, whole)
    try:
        graph = read_program(problem, program, forward_arguments(type(model), specimen), model.training)
    except ConstantModel as exc:
        if not any(map(_is_number, tree_leaves((specimen.args, specimen.kwargs)))):
            raise
        raise NotExportable(
            f"{problem.class_name}.forward computes from numbers of Python's alone, which a trace takes for constants.",
            hint="Pass as a tensor what changes from call to call.",
            file=problem.file,
            line=problem.line,
        ) from exc
    inputs, own = with_sources(graph.inputs, model), _own_parameters(model)
    graph = dataclasses.replace(graph, inputs=inputs, attributes=tuple(tracer.attributes), parameters=own)
    graph = dataclasses.replace(graph, constructor=constructor_of(problem, type(model)))
    graph = dataclasses.replace(graph, decides_by_mode=decides_by_mode(model, specimen, mode))
    graph = rolled(graph)
    return _completed(problem, graph, model), graph


def _own_parameters(model: torch.nn.Module) -> tuple[OwnParameter, ...]:
    first: dict[int, str] = {}
    found = []
    for path, parameter in model.named_parameters(remove_duplicate=False):
        earlier = first.setdefault(id(parameter), path)
        found.append(OwnParameter(path, parameter.requires_grad, "" if earlier == path else earlier))
    return tuple(found)


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, (bool, int, float))


def _constructed(
    problem: Problem, specimen: Specimen, mode: FakeTensorMode | None
) -> tuple[torch.nn.Module, Specimen, FakeTensorMode | None]:
    """The module and its inputs: real where both are small, else fake, except for a constructor that needs numbers."""
    if mode is None:
        return build_model(problem), specimen, None
    if total_bytes(problem.inputs) <= SMALL_BYTES:
        with contextlib.suppress(TooManyBytes), BoundedWeights(SMALL_BYTES):
            return build_model(problem), make_inputs(problem), None
    with contextlib.suppress(InitFailed), mode:
        return build_model(problem), specimen, mode
    return build_model(problem), make_inputs(problem), None


def _refuse_empty(problem: Problem, specimen: Specimen) -> None:
    for name, tensor in named_tensors(specimen):
        if tensor.numel() == 0:
            raise BadExampleInputs(
                f"The example input {name} is empty: {list(tensor.shape)}.",
                hint="Give every example input at least one element; nothing can be judged on none.",
                file=problem.file,
                line=problem.example.line,
            )


def _learn_inputs(problem: Problem) -> tuple[Specimen, dict[str, str], FakeTensorMode | None]:
    """Fake inputs; real ones where the expression does what fake tensors can't (``.item()``, NumPy)."""
    load_class(problem)
    try:
        return fake_inputs(problem)
    except KernelAgentError:
        return bind(problem, evaluate(problem, problem.example.inputs, "inputs")), {}, None


def _specs(specimen: Specimen, fills: dict[str, str]) -> tuple[TensorSpec, ...]:
    return tuple(
        TensorSpec(name, tuple(t.shape), str(t.dtype).removeprefix("torch."), (), fills.get(name, ""))
        for name, t in named_tensors(specimen)
    )


def _class_line(problem: Problem) -> int:
    try:
        return inspect.getsourcelines(load_class(problem))[1]
    except (OSError, TypeError):
        return 1


def _export(
    problem: Problem, tracer: Tracer, specimen: Specimen, whole: Collection[str]
) -> torch.export.ExportedProgram:
    model, mode = tracer.model, tracer.mode
    attempts = [_with_wider_ones(specimen), specimen] if mode is None else [specimen]
    failure: Exception | None = None
    while attempts:
        attempt = attempts.pop(0)
        if attempt is None:
            continue
        try:
            with _quiet(), mode or contextlib.nullcontext(), torch.no_grad():
                program = tracer.decomposed(attempt, whole)
                given = [tensor for _, tensor in named_tensors(specimen)]
                fits = attempt is specimen or admit(user_inputs(program), given, program.graph)
                if attempt is not specimen and not (fits and _same_ranks(program, model, specimen)):
                    continue  # something decides on a size of 1, as squeeze() does
                return program
        except Exception as exc:  # noqa: BLE001  whatever the user's module raises is explained to them
            failure = exc
            if made_known(model, specimen, mode):
                attempts = [*attempts, attempt] if attempt is not specimen else [attempt]
    assert failure is not None
    raise _explained(problem, model, specimen, mode, failure) from failure


def _same_ranks(program: torch.export.ExportedProgram, model: torch.nn.Module, specimen: Specimen) -> bool:
    """Whether the outputs have as many dimensions as the module gives for the example itself."""
    outputs = next(iter(reversed(program.graph.nodes))).args[0]
    traced = [n.meta["val"].dim() for n in outputs if isinstance(getattr(n, "meta", {}).get("val"), torch.Tensor)]
    given = model(*specimen.args, **specimen.kwargs)
    return traced == [leaf.dim() for leaf in tree_leaves(given) if isinstance(leaf, torch.Tensor)]


def _with_wider_ones(specimen: Specimen) -> Specimen | None:
    """``torch.export`` takes a size of 1 for a constant. Where every input has a leading 1 (a batch of one), capture
    with
    a batch of two instead: the kernel is then right for any batch."""
    tensors = [t for _, t in named_tensors(specimen)]
    if not tensors or not all(t.dim() >= 2 and t.shape[0] == 1 for t in tensors):
        return None

    args, kwargs = tree_map(lambda v: _twice(v) if isinstance(v, torch.Tensor) else v, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _twice(tensor: torch.Tensor) -> torch.Tensor:
    """It and itself along the first dimension, which is of size 1. Each lies in memory as the one does: whether a
    ``reshape`` is a view is a matter of strides."""
    strides = tensor.stride()[1:]
    extent = 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape[1:], strides, strict=True))
    memory = tensor.as_strided((extent,), (1,))
    return torch.cat([memory, memory]).as_strided((2, *tensor.shape[1:]), (extent, *strides))


def _explained(
    problem: Problem, model: torch.nn.Module, specimen: Specimen, mode: FakeTensorMode | None, failure: Exception
) -> KernelAgentError:
    """Tell a module that raises by itself from one that only ``torch.export`` cannot trace."""
    try:
        with mode or contextlib.nullcontext(), torch.no_grad(), _quiet():
            given = model(*specimen.args, **specimen.kwargs)
    except Exception as exc:  # noqa: BLE001  the same
        shapes = ", ".join(f"{s.name}: {list(s.shape)} {s.dtype}" for s in problem.inputs)
        return ModelRaised(
            f"{problem.class_name}.forward raised {type(exc).__name__} on the example inputs ({shapes}): "
            f"{_first_line(exc)}",
            file=problem.file,
            line=line_in(exc, problem.file) or problem.line,
        )
    line = line_in(failure, problem.file) or problem.line
    if isinstance(failure, FirstCallDiffers):
        return NotExportable(str(failure), hint=failure.hint, file=problem.file, line=line)
    if isinstance(failure, GuardOnDataDependentSymNode):
        return NotExportable(
            f"{problem.class_name}.forward decides in Python on a number that is known only when it runs "
            f"({_first_line(failure).rstrip('.')}).",
            hint="Say it in tensors (torch.where); or choose a provider with a language model, which may.",
            file=problem.file,
            line=line,
        )
    if kind := unknown_kind(given, failure):
        return NotExportable(
            f"{problem.class_name}.forward returns a {kind.__qualname__}, which torch.export does not take.",
            hint="Return tensors and plain values, in tuples, lists, dictionaries, named tuples or dataclasses; or "
            "register the class with torch.utils._pytree.register_pytree_node where it is defined.",
            file=problem.file,
            line=problem.line,
        )
    return NotExportable(
        f"torch.export cannot trace {problem.class_name}: {_first_line(failure)}", file=problem.file, line=line
    )


def _first_line(exc: BaseException) -> str:
    text = str(exc).strip().splitlines()
    kind = type(exc).__name__
    if not text:
        return kind
    return f"{kind}: {text[0]}" if isinstance(exc, LookupError) else text[0]  # a KeyError says the key alone


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    log = logging.getLogger("torch._export")
    level = log.level
    log.setLevel(logging.ERROR)  # it warns of each size of 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _completed(problem: Problem, graph: Graph, model: torch.nn.Module) -> Problem:
    given = {g.path: g for g in graph.inputs if g.kind == "input"}
    by_name = {node.name: node for node in graph.nodes}
    by_name_inputs = {g.name: g for g in graph.inputs}
    sizes = {free.symbol: free.example for free in graph.free_sizes}
    inputs = tuple(
        told_in_rows(dataclasses.replace(s, dims=given[s.name].shape, strides=given[s.name].stride), graph.free_sizes)
        if s.name in given
        else dataclasses.replace(s, dims=tuple(map(str, s.shape)))
        for s in problem.inputs
    )
    outputs = []
    for index, name in enumerate(graph.outputs):
        value = by_name.get(name) or by_name_inputs[name]
        spec = TensorSpec(f"output.{index}", (), value.dtype, value.shape, strides=value.stride)
        spec = dataclasses.replace(spec, shape=_example_shape(value.shape, sizes))
        outputs.append(told_in_rows(spec, graph.free_sizes))
    several = len(outputs) > 1
    refuse_results(
        problem, ((str(i) * several, torch.strided, getattr(torch, spec.dtype)) for i, spec in enumerate(outputs))
    )
    state = tuple(
        TensorSpec(key, tuple(t.shape), str(t.dtype).removeprefix("torch."), tuple(map(str, t.shape)))
        for key, t in saved_tensors(model).items()
    )
    return dataclasses.replace(
        problem,
        inputs=inputs,
        outputs=tuple(outputs),
        returned=returned(graph.output_structure),
        state=state,
        updates=tuple(spec.name for spec in state if spec.name in graph.mutations),
        random=graph.random,
        decides_by_mode=graph.decides_by_mode,
        free_sizes=graph.free_sizes,
        comparisons=graph.comparisons,
        work=work(graph),
    )


def _example_shape(dims: tuple[str, ...], sizes: dict[str, int]) -> tuple[int, ...]:
    return tuple(evaluate_dim(dim, sizes) for dim in dims)
