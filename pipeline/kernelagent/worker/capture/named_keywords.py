"""Inputs that ``forward`` takes by ``**kwargs``: ``torch.export`` finds no dynamic shapes for them, since it looks them
up both under their own names and under that of the parameter."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import torch

from kernelagent.worker.problem.inputs import Specimen


@contextlib.contextmanager
def keywords_named(model: torch.nn.Module, specimen: Specimen) -> Iterator[None]:
    """In here ``model.forward`` has a signature that names what the example gives by ``**kwargs``."""
    own = model.forward
    signature = inspect.signature(own)
    gathering = {p.name for p in signature.parameters.values() if p.kind is inspect.Parameter.VAR_KEYWORD}
    arguments = signature.bind(*specimen.args, **specimen.kwargs).arguments
    given = [name for parameter in gathering for name in arguments.get(parameter, ())]
    if not given:
        yield
        return

    def forward(*args: Any, **kwargs: Any) -> Any:
        return own(*args, **kwargs)

    kept = [p for p in signature.parameters.values() if p.name not in gathering]
    named = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in given]
    forward.__signature__ = signature.replace(parameters=[*kept, *named])  # type: ignore[attr-defined]
    before = vars(model).get("forward")
    model.forward = forward
    try:
        yield
    finally:
        if before is None:
            del model.forward
        else:
            model.forward = before
