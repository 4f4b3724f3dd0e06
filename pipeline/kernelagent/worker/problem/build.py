"""Construct the module as the example says."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.parameter import is_lazy

from kernelagent.contract.problem import Problem
from kernelagent.errors import BadExampleInputs, InitFailed
from kernelagent.worker.problem.live import load_live
from kernelagent.worker.problem.load import line_in, load_class, namespace_of
from kernelagent.worker.problem.not_judged import refuse_given
from kernelagent.worker.problem.seeding import seed_generators
from kernelagent.worker.problem.without_gpu import without_gpu


def evaluate(problem: Problem, expression: str, what: str) -> Any:
    """Evaluate one of the example's expressions in the user's namespace, with ``torch`` in scope."""
    scope = {**namespace_of(problem), "torch": torch}
    try:
        return eval(compile(expression.strip(), f"<{what}>", "eval"), scope)
    except SyntaxError as exc:
        raise BadExampleInputs(
            f"{what} is not a Python expression: {expression!r}.", file=problem.file, line=problem.example.line
        ) from exc
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception as exc:
        line = line_in(exc, problem.file) or problem.example.line
        raise BadExampleInputs(
            f"{what} ({expression}) raised {type(exc).__name__}: {exc}", file=problem.file, line=line
        ) from exc


def init_arguments(problem: Problem) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What the class is constructed with, as ``(args, kwargs)``.

    KernelBench's ``get_init_inputs()`` may return ``[args, kwargs]`` with a list and a dict; that form is honoured.
    """
    value = evaluate(problem, problem.example.init or "()", "init")
    if isinstance(value, dict):
        return (), dict(value)
    if isinstance(value, (list, tuple)):
        if len(value) == 2 and isinstance(value[0], (list, tuple)) and isinstance(value[1], dict):
            return tuple(value[0]), dict(value[1])
        return tuple(value), {}
    return (value,), {}


def saved_tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Entries of the ``state_dict``, but what ``get_extra_state`` adds, which may be anything."""
    return {key: value for key, value in model.state_dict().items() if isinstance(value, torch.Tensor)}


def build_model(problem: Problem, seed: int = 0) -> torch.nn.Module:
    """An instance with freshly drawn weights, in the problem's mode, on the CPU unless its class says otherwise;
    of a live module a copy as it was.

    Raises InitFailed where the class refuses the arguments, or makes weights that have no size yet; UnsupportedDtype
    where they are of a kind that is not judged.
    """
    model = _constructed(problem, seed) if problem.live is None else load_live(problem, problem.live)
    lazy = [name for name, tensor in model.named_parameters() if is_lazy(tensor)]
    lazy += [name for name, tensor in model.named_buffers() if is_lazy(tensor)]
    if lazy:
        raise InitFailed(
            f"{problem.class_name} makes {', '.join(lazy[:3])} without a size, which its first call is to give.",
            hint="Give sizes in the constructor: nn.Linear(in_features, out_features) in place of nn.LazyLinear.",
            file=problem.file,
            line=problem.line or None,
        )
    refuse_given(problem, (*model.named_parameters(), *model.named_buffers()), "holds")
    if problem.mode == "eval":
        model.eval()
    elif problem.mode == "train":
        model.train()
    return model


def _constructed(problem: Problem, seed: int) -> torch.nn.Module:
    cls = load_class(problem)
    args, kwargs = init_arguments(problem)
    seed_generators(seed)
    try:
        with without_gpu():
            return cls(*args, **kwargs)
    except Exception as exc:
        raise InitFailed(
            f"{problem.class_name}(...) with init={problem.example.init} raised {type(exc).__name__}: {exc}",
            file=problem.file,
            line=line_in(exc, problem.file) or problem.line or None,
        ) from exc
