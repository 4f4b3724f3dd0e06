"""Has the interpreter run the programs of a launch together (``launch_together.py``): each operation is made once, on
arrays with one more axis in front.

A launch with operations that do not go so, or whose programs take different ways at an ``if`` or have loops of
different bounds, is run program by program.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import triton.language as tl
from triton.runtime import interpreter

from kernelagent.worker.judge.kernel_accesses import KernelAccesses
from kernelagent.worker.judge.launch_together import Apart, Together
from kernelagent.worker.judge.operations_together import operations
from kernelagent.worker.judge.patching import replace
from kernelagent.worker.judge.reductions_together import applied

LEAST = 2
"""Programs of a launch for which it is worth while."""
_TRIES = 2
"""Launches of a kernel that may turn out to need the programs one by one, before that is taken for granted."""


def install(accesses: KernelAccesses) -> Switch:
    """Patch this process's interpreter, when the language is, and before what watches it. Only for a process that runs
    candidates and ends."""
    switch = Switch(accesses)
    refused: dict[Any, int] = {}

    def construct(original: Any, executor: Any, function: Any, *rest: Any) -> None:
        original(executor, function, *rest)
        executor.fn = Launch(executor.fn, switch, refused)

    def apply(original: Any, ops: Any, given: Any) -> Any:
        if switch.now is None or not isinstance(given, tuple):
            return original(ops, given)
        return applied(switch, original, ops, given)

    def patch_tensor(original: Any, tensor: Any, *scope: Any) -> None:
        original(tensor, *scope)
        index, truth, turned = tensor.__index__, tensor.__bool__, vars(tensor)["T"].fget
        tensor.__index__ = lambda scalar: index(switch.settled(scalar))
        tensor.__bool__ = lambda scalar: truth(switch.settled(scalar))
        tensor.T = property(lambda block: turned(block) if switch.now is None else _turned(block, turned))

    replace(interpreter.GridExecutor, "__init__", construct)
    replace(interpreter.ReduceScanOpInterface, "apply", apply)
    replace(interpreter, "_patch_lang_tensor", patch_tensor)
    return switch


class Switch:
    """Whether the interpreter of this process runs several programs just now."""

    def __init__(self, accesses: KernelAccesses) -> None:
        self._accesses = accesses
        self.now: Together | None = None
        self._builder = interpreter.interpreter_builder
        self._own = operations(self)

    @contextmanager
    def on(self, together: Together) -> Iterator[None]:
        self.now = self._accesses.together = together
        vars(self._builder).update(self._own)
        try:
            yield
        finally:
            self.now = self._accesses.together = None
            for name in self._own:
                vars(self._builder).pop(name, None)

    @contextmanager
    def off(self) -> Iterator[None]:
        """For one program of those that run."""
        together, self.now = self.now, None
        for name in self._own:
            vars(self._builder).pop(name, None)
        try:
            yield
        finally:
            self.now = together
            vars(self._builder).update(self._own)

    def has_run(self, together: Together) -> None:
        self._accesses.note_lanes(together.lanes)

    def settled(self, value: Any) -> Any:
        """A scalar that all programs have, as one; ``value`` as it is where it is none, or they run one by one."""
        if self.now is None or not isinstance(value, tl.tensor) or value.type.is_block():
            return value
        data = value.handle.data
        if data.size == 1:
            return value
        if not (data == data[0]).all():
            raise Apart("programs that go different ways")
        return tl.tensor(interpreter.TensorHandle(data[:1], value.handle.dtype), value.type)


class Launch:
    """Stands for a kernel's function in one launch: its first call runs all programs, if they can run together."""

    def __init__(self, function: Any, switch: Switch, refused: dict[Any, int]) -> None:
        self._function, self._switch, self._refused = function, switch, refused
        self._is_begun = self._is_over = False
        self.__globals__ = function.__globals__
        self.__annotations__ = function.__annotations__
        self.__name__ = function.__name__
        self.__signature__ = inspect.signature(function)

    def __call__(self, **arguments: Any) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._is_over = self.run_together(arguments)
        if not self._is_over:
            self._function(**arguments)

    def run_together(self, arguments: dict[str, Any]) -> bool:
        builder = interpreter.interpreter_builder
        programs = math.prod(builder.grid_dim)
        if programs < LEAST or self._refused.get(self._function, 0) >= _TRIES:
            return False
        together, index, done = Together(programs, builder.grid_dim), builder.grid_idx, 0
        try:
            with self._switch.on(together):
                while done < programs:
                    count = together.next(done)
                    builder.set_grid_idx(*index)  # what watches the time is told
                    self._function(**arguments)
                    done += count
            together.commit()
        except (Apart, Exception):  # noqa: BLE001  what it is shows when they run one by one
            self._refused[self._function] = self._refused.get(self._function, 0) + 1
            return False
        finally:
            builder.grid_idx = index
        self._switch.has_run(together)
        return True


def _turned(block: Any, turned: Callable[[Any], Any]) -> Any:
    made = turned(block)
    made.handle.data = np.swapaxes(block.handle.data, -1, -2)
    return made
