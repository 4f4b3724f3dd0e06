"""Inputs, weights and results of kinds that cannot be written for another process, or compared: refused by name, before
anything is written or asked for."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from kernelagent.contract.problem import Problem
from kernelagent.errors import UnsupportedDtype
from kernelagent.worker.problem.carried import is_carried

PLAIN = "Return dense tensors and plain values, in tuples, named tuples, lists, dictionaries or dataclasses."
"""What to do where a result can't be written."""


def not_judged(problem: Problem, why: str, hint: str | None = None) -> UnsupportedDtype:
    return UnsupportedDtype(f"{problem.class_name} {why}.", hint=hint, file=problem.file, line=problem.line or None)


def refuse_given(problem: Problem, named: Iterable[tuple[str, torch.Tensor]], verb: str) -> None:
    """Raises UnsupportedDtype for the first of ``named`` that is not carried, as what the class ``verb`` (``takes``,
    ``holds``)."""
    for name, tensor in named:
        if not is_carried(tensor.layout, tensor.dtype):
            kind = f"{_plain(tensor.layout)} tensor of {_plain(tensor.dtype)}"
            raise not_judged(problem, f"{verb} what is not judged: {name} is a {kind}")


def refuse_results(problem: Problem, results: Iterable[tuple[str, torch.layout, torch.dtype]]) -> None:
    """Path, layout and dtype of each. Raises UnsupportedDtype."""
    for path, layout, dtype in results:
        at = f" ({path})" if path else ""
        if layout is not torch.strided:
            raise not_judged(problem, f"gives a result{at} that is a {_plain(layout)} tensor", PLAIN)
        if dtype.is_floating_point and dtype.itemsize == 1:
            raise not_judged(problem, f"gives a result{at} in {_plain(dtype)}: outputs of 8 bits are not judged")
        if not is_carried(layout, dtype):
            raise not_judged(problem, f"gives a result{at} in {_plain(dtype)}, which is not judged")


def _plain(kind: torch.layout | torch.dtype) -> str:
    return str(kind).removeprefix("torch.")
