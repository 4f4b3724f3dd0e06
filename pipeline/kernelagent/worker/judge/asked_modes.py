"""What a module asks of how it is called, rather than of its inputs: whether gradients are recorded, numbers are cast,
the call is traced.

Half of a candidate's calls record gradients (``with_gradients.py``). Where the module asks for that, so does its own
call for the same case. Of all else it asks, only one answer is ever given, which the verdict says. What PyTorch and
installed packages ask for by themselves is theirs, and left out.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from operator import attrgetter
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from kernelagent.worker.judge import reference_run
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.own_code import Elsewhere

_GRADIENTS = "is_grad_enabled"
_FUNCTIONS = (
    _GRADIENTS,
    *("is_autocast_enabled", "is_autocast_cpu_enabled", "is_inference_mode_enabled"),
    "are_deterministic_algorithms_enabled",
    *("jit.is_tracing", "jit.is_scripting", "onnx.is_in_onnx_export"),
    *("compiler.is_compiling", "compiler.is_dynamo_compiling", "compiler.is_exporting"),
)
_OF_TENSORS = ("requires_grad", "grad_fn", "is_leaf")
_MOST_TOLD = 4


class AskedModes:
    """Of all calls that are watched."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[str, int]] = {}
        self._elsewhere = Elsewhere()
        self._builtins: dict[int, str] = {}
        self._codes: dict[Any, str] = {}
        for name in _FUNCTIONS:
            with contextlib.suppress(AttributeError):  # another PyTorch may not have it
                function = attrgetter(name)(torch)
                code = getattr(function, "__code__", None)
                known, key = (self._builtins, id(function)) if code is None else (self._codes, code)
                known.setdefault(key, name)

    @property
    def gradients(self) -> bool:
        """Whether the module asks if gradients are recorded."""
        return _GRADIENTS in self._asked

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Around one call."""
        before = sys.getprofile()
        sys.setprofile(self._seen)
        try:
            yield
        finally:
            sys.setprofile(before)

    def told(self, model: torch.nn.Module, specimen: Specimen) -> list[str]:
        """In words for the verdict. ``specimen``: on which ``model`` is called to hear what it asks of tensors."""
        with contextlib.suppress(Exception):  # what it raises on its inputs is said elsewhere
            reference_run.run(model, specimen, mode=_Attributes(self))
        asked = {name: where for name, where in self._asked.items() if name != _GRADIENTS}
        found = [f"{name} (line {line} of {file})" for name, (file, line) in asked.items()]
        more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
        told = f"{', '.join(found[:_MOST_TOLD])}{more}"
        return [f"Calls in which PyTorch answers otherwise where the module asks for {told}"] * bool(found)

    def note(self, name: str, frame: FrameType | None) -> None:
        """``name`` was asked for by what runs in ``frame``."""
        if name not in self._asked and frame is not None and (path := self._elsewhere.own(frame)) is not None:
            self._asked[name] = path.name, frame.f_lineno

    def _seen(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call" and (name := self._builtins.get(id(argument))) is not None:
            self.note(name, frame)
        elif event == "call" and (name := self._codes.get(frame.f_code)) is not None:
            self.note(name, frame.f_back)


class _Attributes(TorchFunctionMode):
    """Hears what is asked of tensors."""

    def __init__(self, asked: AskedModes) -> None:
        super().__init__()
        self._asked = asked
        self._names = {getattr(torch.Tensor, name).__get__: name for name in _OF_TENSORS}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        with contextlib.suppress(TypeError):  # not everything has a hash
            if (name := self._names.get(func)) is not None:
                self._asked.note(f"a tensor's {name}", sys._getframe(1))
        return func(*args, **(kwargs or {}))
