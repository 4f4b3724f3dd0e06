"""Make the example inputs, at the example's sizes or at others, without ever making the gigabytes first.

The user's own expression is run again with other sizes: each factory call in it (``torch.rand`` and its kin) is
watched once under fake tensors to learn which call makes which input, and given the wanted shape when it is run for
real. So values keep the distribution that the user chose.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.errors import BadExampleInputs, InputsDoNotFit, UnsupportedDtype
from kernelagent.worker.problem.build import evaluate
from kernelagent.worker.problem.carried import not_carried
from kernelagent.worker.problem.load import load_class
from kernelagent.worker.problem.not_judged import refuse_given
from kernelagent.worker.problem.seeding import seed_generators
from kernelagent.worker.problem.sizes import base_sizes, example_sizes, shape_at
from kernelagent.worker.problem.tensors import tensors_in
from kernelagent.worker.problem.without_gpu import without_gpu


@dataclass(frozen=True)
class Specimen:
    """One call's worth of inputs."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    names: tuple[str, ...]
    """Names in ``forward`` of the positional arguments."""


def make_inputs(problem: Problem, sizes: Mapping[str, int] | None = None, seed: int = 0) -> Specimen:
    """Real tensors for one call of ``forward``.

    ``sizes`` gives each free size a value; ``None`` means the example's own where they are small enough for
    ``problem.max_specimen_bytes``, else :func:`base_sizes`.
    """
    if sizes is None:
        sizes = (
            example_sizes(problem) if total_bytes(problem.inputs) <= problem.max_specimen_bytes else base_sizes(problem)
        )
    wanted = {spec.name: shape_at(spec, sizes) for spec in problem.inputs}
    if all(wanted[spec.name] == spec.shape for spec in problem.inputs):
        return _evaluate_call(problem, seed, None)
    try:
        return _force_shapes(_evaluate_at(problem, sizes, seed), wanted)
    except BadExampleInputs:  # it needs sizes to be equal that are free of each other in forward: (A + A.T) / 2
        return _force_shapes(_evaluate_at(problem, _equal_where_the_example_is(problem, sizes), seed), wanted)


def _evaluate_at(problem: Problem, sizes: Mapping[str, int], seed: int) -> Specimen:
    """The user's expression with each factory call told the shape of the input that it makes."""
    wanted = {spec.name: shape_at(spec, sizes) for spec in problem.inputs}
    watch = _FactoryWatch()
    with FakeTensorMode(allow_non_fake_inputs=True), watch:
        learned = _evaluate_call(problem, seed, None)
    shapes: dict[int, tuple[int, ...]] = {}
    for name, tensor in named_tensors(learned):
        for call in watch.origins.get(id(tensor), ()):
            shapes[call] = wanted.get(name, tuple(tensor.shape))
    return _evaluate_call(problem, seed, _FactoryReshape(shapes, _bounds(problem, sizes)))


def _equal_where_the_example_is(problem: Problem, sizes: Mapping[str, int]) -> dict[str, int]:
    example = example_sizes(problem)
    return {symbol: max(sizes[s] for s, size in example.items() if size == example[symbol]) for symbol in example}


def _bounds(problem: Problem, sizes: Mapping[str, int]) -> dict[int, int]:
    """What becomes of a bound of random integers that is the example's value of a free size, or one more: labels below
    the number of classes, lengths up to the sequence's. Where two sizes have that value, the smaller one."""
    found: dict[int, int] = {}
    for symbol, example in example_sizes(problem).items():
        found[example] = min(sizes.get(symbol, example), found.get(example, 1 << 62))
    return found


def fake_inputs(problem: Problem) -> tuple[Specimen, dict[str, str], FakeTensorMode]:
    """Inputs as fake tensors, and for each the call that fills it, in words. Nothing is allocated."""
    watch = _FactoryWatch()
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    with mode, watch:
        specimen = _evaluate_call(problem, 0, None)
    fills = {
        name: ", ".join(watch.calls[c] for c in sorted(watch.origins.get(id(t), ())))
        for name, t in named_tensors(specimen)
    }
    return specimen, fills, mode


def named_tensors(specimen: Specimen) -> list[tuple[str, torch.Tensor]]:
    """Every tensor of the call with its path: ``x``, ``states.0``, ``batch.mask``, ``batch['a.b']``."""
    return list(tensors_in(named_inputs(specimen, specimen.args, specimen.kwargs)))


def named_inputs(specimen: Specimen, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """``args`` and ``kwargs``, which are a call's like ``specimen``, by ``forward``'s names for them; those that it
    takes by a star, ``args.0`` and on, are one list."""
    found: dict[str, Any] = {}
    for name, value in zip(specimen.names, args, strict=True):
        argument, starred, _ = name.partition(".")
        if starred:
            found.setdefault(argument, []).append(value)
        else:
            found[name] = value
    return {**found, **kwargs}


def total_bytes(specs: tuple[TensorSpec, ...]) -> int:
    total = 0
    for spec in specs:
        count = getattr(torch, spec.dtype).itemsize
        for size in spec.shape:
            count *= size
        total += count
    return total


def _evaluate_call(problem: Problem, seed: int, reshape: TorchFunctionMode | None) -> Specimen:
    seed_generators(seed)
    with reshape or contextlib.nullcontext(), without_gpu():
        value = evaluate(problem, problem.example.inputs, "inputs")
    return bind(problem, value)


def bind(problem: Problem, value: Any) -> Specimen:
    """Match what the expression gave against ``forward``'s signature. Gradients are not asked for, even where the user
    marks an input for them. Raises InputsDoNotFit, BadExampleInputs or UnsupportedDtype."""
    _refuse_what_has_no_values(problem, value)
    value = tree_map(lambda v: v.detach() if isinstance(v, torch.Tensor) and v.requires_grad else v, value)
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    if isinstance(value, dict):
        kwargs = dict(value)
    elif isinstance(value, (list, tuple)):
        args = tuple(value)
    elif isinstance(value, torch.Tensor):
        args, kwargs = (value,), {}
    else:
        raise BadExampleInputs(
            f"inputs gave a {type(value).__name__}, not a tuple, a list, a dict or a tensor.",
            file=problem.file,
            line=problem.example.line,
        )
    signature = inspect.signature(load_class(problem).forward)
    try:
        bound = signature.bind(None, *args, **kwargs)
    except TypeError as exc:
        raise InputsDoNotFit(
            f"The example inputs do not fit {problem.class_name}.forward{signature}: {exc}.",
            file=problem.file,
            line=problem.example.line or problem.line or None,
        ) from exc
    names: list[str] = []
    for parameter, given in list(bound.arguments.items())[1:]:
        kind = signature.parameters[parameter].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{parameter}.{i}" for i in range(len(given))]
        elif kind not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.KEYWORD_ONLY) and parameter not in kwargs:
            names.append(parameter)
    specimen = Specimen(args, kwargs, tuple(names[: len(args)]))
    _refuse_what_is_not_carried(problem, specimen)
    refuse_given(problem, named_tensors(specimen), "takes")
    return specimen


def _refuse_what_has_no_values(problem: Problem, value: Any) -> None:
    for leaf in tree_leaves(value):
        if isinstance(leaf, torch.Tensor) and leaf.is_nested:
            raise UnsupportedDtype(
                f"The example inputs of {problem.class_name} hold a nested tensor.",
                hint="Give a padded tensor and lengths, or the values and offsets.",
                file=problem.file,
                line=problem.example.line,
            )
        if isinstance(leaf, torch.Tensor) and leaf.device.type == "meta":
            raise BadExampleInputs(
                f"The example inputs of {problem.class_name} lie on the meta device, where tensors hold no values.",
                hint="Make them on the CPU: large ones are not made only to learn their sizes.",
                file=problem.file,
                line=problem.example.line,
            )


def _refuse_what_is_not_carried(problem: Problem, specimen: Specimen) -> None:
    for name, given in (*zip(specimen.names, specimen.args, strict=True), *specimen.kwargs.items()):
        for value in not_carried(given):
            raise BadExampleInputs(
                f"{name} of {problem.class_name}.forward is given {value!r:.60}, of type {type(value).__name__}.",
                hint="Give tensors, numbers, text, torch dtypes, None, and lists, tuples or dictionaries of them; make "
                "anything else in the constructor.",
                file=problem.file,
                line=problem.example.line,
            )


def _shape_first(func: Callable[..., Any], shape: tuple[int, ...], args: Any, kwargs: Any) -> Any:
    return func(shape, **{k: v for k, v in kwargs.items() if k != "size"})


def _randint(func: Callable[..., Any], shape: tuple[int, ...], args: Any, kwargs: Any) -> Any:
    bounds = [a for a in args if isinstance(a, int)]
    return func(*bounds, size=shape, **{k: v for k, v in kwargs.items() if k != "size"})


def _within(args: Any, kwargs: Any, bounds: Mapping[int, int]) -> tuple[Any, Any]:
    """Arguments of ``torch.randint`` with its upper bound moved along."""
    numbers = [i for i, a in enumerate(args) if isinstance(a, int)]
    low = args[numbers[0]] if len(numbers) > 1 else kwargs.get("low", 0)
    high = args[numbers[-1]] if numbers else kwargs.get("high", 0)
    moved = max(bounds.get(high, bounds.get(high - 1, high - 1) + 1), low + 1)
    if moved == high:
        return args, kwargs
    if numbers:
        return (*args[: numbers[-1]], moved, *args[numbers[-1] + 1 :]), kwargs
    return args, {**kwargs, "high": moved}


def _full(func: Callable[..., Any], shape: tuple[int, ...], args: Any, kwargs: Any) -> Any:
    return func(shape, *args[1:], **{k: v for k, v in kwargs.items() if k != "size"})


def _normal(func: Callable[..., Any], shape: tuple[int, ...], args: Any, kwargs: Any) -> Any:
    return func(*args[:2], size=shape, **{k: v for k, v in kwargs.items() if k != "size"})


_FACTORIES: dict[Any, Callable[..., Any]] = {
    torch.rand: _shape_first,
    torch.randn: _shape_first,
    torch.ones: _shape_first,
    torch.zeros: _shape_first,
    torch.empty: _shape_first,
    torch.randint: _randint,
    torch.full: _full,
    torch.normal: _normal,
}


class _FactoryWatch(TorchFunctionMode):
    """Numbers the factory calls and remembers which of them each tensor stems from, shape for shape."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.origins: dict[int, frozenset[int]] = {}
        self._alive: list[torch.Tensor] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if func in _FACTORIES:
            self._remember(out, frozenset({len(self.calls)}))
            self.calls.append(_words(func, args, kwargs))
            return out
        for result in _tensors(out if isinstance(out, (list, tuple)) else (out,), {}):  # sort() gives two
            origins = [
                self.origins.get(id(a), frozenset())
                for a in _tensors(args, kwargs)
                if tuple(a.shape) == tuple(result.shape) or a.dim() == 0
            ]
            self._remember(result, frozenset().union(*origins))
        return out

    def _remember(self, tensor: Any, origins: frozenset[int]) -> None:
        self.origins[id(tensor)] = origins
        self._alive.append(tensor)  # an id must not be used again while it is in the table


class _FactoryReshape(TorchFunctionMode):
    """Gives the n-th factory call another shape, and random integers a bound that goes with it."""

    def __init__(self, shapes: Mapping[int, tuple[int, ...]], bounds: Mapping[int, int]) -> None:
        super().__init__()
        self._shapes = shapes
        self._bounds = bounds
        self._call = -1

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func not in _FACTORIES:
            return func(*args, **kwargs)
        self._call += 1
        shape = self._shapes.get(self._call)
        if func is torch.randint:
            args, kwargs = _within(args, kwargs, self._bounds)
        return func(*args, **kwargs) if shape is None else _FACTORIES[func](func, shape, args, kwargs)


def _tensors(args: Any, kwargs: Any) -> Iterator[torch.Tensor]:
    for value in (*args, *kwargs.values()):
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (v for v in value if isinstance(v, torch.Tensor))


def _words(func: Any, args: Any, kwargs: Any) -> str:
    if func is torch.randint:
        low, high = (
            ([0, *[a for a in args if isinstance(a, int)]])[-2:] if args else (kwargs.get("low", 0), kwargs["high"])
        )
        return f"randint({low}, {high})"
    if func is torch.full:
        return f"full({args[1] if len(args) > 1 else kwargs.get('fill_value')})"
    return str(func.__name__)


def _force_shapes(specimen: Specimen, wanted: Mapping[str, tuple[int, ...]]) -> Specimen:
    """Replace what did not come out in the wanted shape (no factory call could be told to make it) by a tensor of the
    same dtype drawn from the same range: its own values, resampled."""
    replaced: dict[int, torch.Tensor] = {}
    for name, tensor in named_tensors(specimen):
        shape = wanted.get(name)
        if shape is not None and tuple(tensor.shape) != shape:
            pool = tensor.detach().reshape(-1)
            count = 1
            for size in shape:
                count *= size
            picks = torch.randint(max(pool.numel(), 1), (count,))
            values = pool[picks] if pool.numel() else torch.zeros(count, dtype=tensor.dtype)
            order = sorted(range(tensor.dim()), key=tensor.stride, reverse=True)
            stored = values.reshape([shape[i] for i in order])  # in memory as the example is
            replaced[id(tensor)] = stored.permute([order.index(i) for i in range(len(order))])
    if not replaced:
        return specimen
    args, kwargs = tree_map(lambda v: replaced.get(id(v), v), (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def is_fake(value: Any) -> bool:
    return isinstance(value, FakeTensor)
