"""Which Triton kernels were launched and with what: enough to compile each of them ahead of time.

Works at the one place that every launch passes: the interpreter's or the compiler's ``run``.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from kernelagent.worker.aot.standing_gpu import StandingGpu
from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.judge.launch_keywords import COMPILED_WITH, refuse_unseen
from kernelagent.worker.judge.patching import replace
from kernelagent.worker.judge.settled_launches import SettledLaunches
from kernelagent.worker.judge.tensorfile import dtype_name

LONGEST_AXIS = 65_535
"""Programs along the second and third axis of a grid (CUDA C++ Programming Guide, compute capabilities)."""


class LaunchRecord:
    """One call's distinct launches in order of appearance, as JSON-able dicts, and how many programs ran."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, Any]] = {}
        self.programs = 0
        self.kernels: set[str] = set()
        """names of those that ran at least one program"""
        self.configurations = 1
        """The most that an autotuner had to choose from."""
        self.chosen: dict[str, str] = {}
        """Name of each kernel that has several → the one that it was launched with."""
        self.is_only_noted = False
        """Launches are noted, and nothing is run."""
        self._widths: dict[tuple[str, int], dict[str, set[int]]] = {}
        """Kernel and axis 1 or 2 of its grid -> programs along it, over all calls, by configuration of its tuner."""
        self.settled = SettledLaunches()

    def begin(self) -> None:
        """Another call: what was launched before is not its own."""
        self._seen.clear()
        self.programs = 0
        self.kernels.clear()
        self.chosen.clear()
        self.settled.begin()

    @contextmanager
    def only_noted(self) -> Iterator[None]:
        self.is_only_noted = True
        try:
            yield
        finally:
            self.is_only_noted = False

    def add(self, launch: dict[str, Any]) -> None:
        self._seen.setdefault(json.dumps(launch, sort_keys=True), launch)

    def note_grid(self, kernel: str, grid: tuple[int, ...], constants: dict[str, Any]) -> None:
        """``constants``: the kernel's constexprs. Raises what CUDA's driver does of a grid that is too long along its
        second or third axis."""
        configuration = repr(sorted(constants.items())) if kernel in self.chosen else ""
        for axis, programs in enumerate(grid[1:3], start=1):
            widths = self._widths.setdefault((kernel, axis), {})
            widths.setdefault(configuration, set()).add(programs)
            if programs > LONGEST_AXIS:
                raise RuntimeError(
                    f"Triton Error [CUDA]: invalid argument: {programs:,} programs along axis {axis} of the grid of "
                    f"{kernel}; {LONGEST_AXIS:,} are the most"
                )

    @property
    def growing(self) -> list[str]:
        """What cannot be launched any more where sizes are large, in words."""
        return [
            f"Sizes that need more than {LONGEST_AXIS:,} programs along axis {axis} of the grid of {kernel}, which "
            "grows with the inputs: no NVIDIA GPU launches it"
            for (kernel, axis), widths in self._widths.items()
            if any(len(of_one - {0}) > 1 for of_one in widths.values())
        ]

    @property
    def launches(self) -> list[dict[str, Any]]:
        return list(self._seen.values())


class Warmed:
    """In place of the compiled kernel that ``warmup`` and launches give: the interpreter compiles none. A wrapper asks
    it how many registers a thread takes, to choose how many programs run at a time."""

    def __init__(self, num_warps: int, num_stages: int) -> None:
        self.n_regs, self.n_spills, self.n_max_threads = 32, 0, 1024
        self.metadata = types.SimpleNamespace(shared=0, num_warps=num_warps, num_stages=num_stages, num_ctas=1)

    def _init_handles(self) -> None:
        """Loads it on a GPU."""


def describe_argument(value: Any, constexpr: bool) -> dict[str, Any]:
    """One kernel argument as the compiler specialises it."""
    base = getattr(value, "base", value)
    if isinstance(base, torch.Tensor) and hasattr(value, "block_shape"):
        return {"kind": "descriptor", "dtype": dtype_name(base.dtype), "block": [int(n) for n in value.block_shape]}
    if constexpr:
        return {"kind": "constexpr", "value": constexpr_to_json(value)}
    if isinstance(base, torch.Tensor):
        dtype = getattr(value, "dtype", base.dtype)
        return {"kind": "tensor", "dtype": dtype_name(dtype), "aligned": base.data_ptr() % 16 == 0}
    if value is None:
        return {"kind": "none"}
    if isinstance(value, bool):
        return {"kind": "bool"}
    if isinstance(value, int):
        width = "i32" if -(2**31) <= value < 2**31 else "i64" if value < 2**63 else "u64"
        return {"kind": "int", "type": width, "divisible": value % 16 == 0, "one": value == 1}
    if isinstance(value, float):
        return {"kind": "float"}
    if isinstance(value, tuple):
        return {"kind": "tuple", "items": [describe_argument(item, False) for item in value]}
    return {"kind": "other", "type": type(value).__name__}


def constexpr_to_json(value: Any) -> Any:
    """A constexpr's value in JSON: dtypes and functions by name, the rest plain."""
    value = getattr(value, "value", value) if type(value).__name__ == "constexpr" else value
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}  # JSON has no infinities
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"repr": repr(value)} if _compares_by_itself(type(value)) else value
    if isinstance(value, (list, tuple)):
        return {"tuple": [constexpr_to_json(item) for item in value]}
    if type(value).__module__.startswith("triton.language") and hasattr(value, "primitive_bitwidth"):
        return {"dtype": str(value)}
    name = getattr(value, "__name__", None)
    return {"function": name} if isinstance(name, str) else {"repr": repr(value)}


_OPERATORS = frozenset(
    {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__len__", "__contains__", "__getitem__"}
    | {f"__{side}{name}__" for name in ("add", "sub", "mul", "floordiv", "truediv", "mod", "pow") for side in ("", "r")}
    | {f"__{side}{name}__" for name in ("and", "or", "xor", "lshift", "rshift") for side in ("", "r")}
    | {"__neg__", "__invert__", "__int__", "__index__", "__float__", "__str__", "__hash__", "__class__"}
)


def _compares_by_itself(kind: type) -> bool:
    """Whether a class of the file's own decides what its value is equal to, or comes to: the plain value is not it.
    Enumerations have the operators of their plain types among their own names."""
    return any(
        getattr(vars(base)[name], "__module__", None) not in (None, "builtins", "enum")
        for base in kind.__mro__
        for name in _OPERATORS & set(vars(base))
    )


def watch_launches(
    record: LaunchRecord, memory: GuardedMemory, gpu: StandingGpu | None, next_config: Callable[[], int]
) -> None:
    """Record every launch from now on. ``gpu`` stands in for one in the interpreter; ``None``: there is one.
    ``next_config`` gives the number of the autotuner's configuration to take, since nothing can be timed in the
    interpreter."""
    if gpu is not None:
        _watch_interpreter(record, memory, gpu)
        _choose_configs(record, next_config)
    else:
        _watch_compiler(record, memory)


def _watch_interpreter(record: LaunchRecord, memory: GuardedMemory, gpu: StandingGpu) -> None:
    from triton.runtime import interpreter
    from triton.runtime.jit import _normalize_ty

    def run(original: Any, function: Any, *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> Any:
        refuse_unseen(function.fn.__name__, kwargs, function.arg_names)
        if warmup:
            return warmed(kwargs)
        annotations = {name: _normalize_ty(ty) for name, ty in function.fn.__annotations__.items()}
        constexprs = {name for name in function.arg_names if annotations.get(name) == "constexpr"}
        bound = _bind(function.arg_names, _defaults(function.fn), args, kwargs)
        shape = grid({**bound, **kwargs}) if callable(grid) else grid
        shape = tuple(int(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,)))
        gpu.refuse_from_cpu(_tensors(bound))
        record.note_grid(function.fn.__name__, shape, {name: bound[name] for name in constexprs & bound.keys()})
        with gpu.paused(), inside():
            _note_launch(record, function.fn, bound, constexprs, kwargs, shape)
            if not record.is_only_noted:
                tensors = _tensors(bound)
                memory.begin_launch(function.fn.__name__, tensors)
                original(function, *args, grid=shape, warmup=warmup, **kwargs)
                record.settled.after(function.fn.__name__, memory.accesses.line(), tensors.values())
        return warmed(kwargs)

    def warmed(options: dict[str, Any]) -> Warmed:
        return Warmed(int(options.get("num_warps", 4)), int(options.get("num_stages", 3)))

    def call(original: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
        if not depth:
            raise RuntimeError("Cannot call @triton.jit'd outside of the scope of a kernel")  # as the compiler says
        return original(function, *args, **kwargs)

    @contextmanager
    def inside() -> Iterator[None]:
        depth.append(1)
        try:
            yield
        finally:
            depth.pop()

    depth: list[int] = []
    """One entry for each launch that runs."""
    replace(interpreter.InterpretedFunction, "__call__", call)
    replace(interpreter.InterpretedFunction, "run", run)


def _watch_compiler(record: LaunchRecord, memory: GuardedMemory) -> None:
    from triton.runtime.jit import JITFunction

    def run(original: Any, function: Any, *args: Any, grid: Any, warmup: bool, **kwargs: Any) -> Any:
        refuse_unseen(function.fn.__name__, kwargs, function.arg_names)
        if not warmup:
            constexprs = {p.name for p in function.params if p.is_constexpr}
            bound = _bind(function.arg_names, _defaults(function.fn), args, kwargs)
            shape = grid(bound) if callable(grid) else grid
            shape = tuple(int(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,)))
            _note_launch(record, function.fn, bound, constexprs, kwargs, shape)
            memory.mark_as_kernels(list(_tensors(bound).values()))
        return original(function, *args, grid=grid, warmup=warmup, **kwargs)

    replace(JITFunction, "run", run)


def _choose_configs(record: LaunchRecord, next_config: Callable[[], int]) -> None:
    from triton.runtime.autotuner import Autotuner

    timed: set[int] = set()
    """Tuners that have had their first launch."""
    known: set[tuple[Any, ...]] = set()
    """Tuners with the keys for which they have chosen: they measure, and reset tensors, once for each."""

    def run(original: Any, tuner: Any, *args: Any, **kwargs: Any) -> Any:
        turn = next_config()
        tuner.nargs = dict(zip(tuner.arg_names, args))  # noqa: B905  keyword arguments come on top
        configs = tuner.prune_configs(kwargs) if len(tuner.configs) > 1 else tuner.configs
        record.configurations = max(record.configurations, len(configs))
        config = configs[turn % len(configs)]
        if len(configs) > 1:
            record.chosen[tuner.base_fn.__name__] = ", ".join(f"{k}={v}" for k, v in config.all_kwargs().items())
        if turn > 0 and len(configs) > 1 and id(tuner) not in timed:
            timed.add(id(tuner))
            time_one(tuner, configs[(turn + 1) % len(configs)], args, kwargs)
        tuner.best_config = config
        chosen = config.all_kwargs()
        key = (id(tuner), *_key({**tuner.nargs, **kwargs}, tuner))
        if len(tuner.configs) > 1 and key not in known:
            known.add(key)
            tuner.pre_hook({**tuner.nargs, **kwargs, **chosen}, reset_only=True)
        if config.pre_hook is not None:
            config.pre_hook({**tuner.nargs, **kwargs, **chosen})
        return tuner.fn.run(*args, **{**kwargs, **chosen})

    def time_one(tuner: Any, config: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """As the tuner does on a GPU before the first launch: the kernel runs on the very same tensors, and what it
        left in them is put right only if the kernel says how (``reset_to_zero``, ``restore_value``, hooks)."""
        chosen = config.all_kwargs()
        given = {**tuner.nargs, **kwargs, **chosen}
        if config.pre_hook is not None:
            config.pre_hook(given)
        tuner.pre_hook(given)
        tuner.fn.run(*args, **{**kwargs, **chosen})
        tuner.post_hook(given, exception=None)

    replace(Autotuner, "run", run)


def _key(given: dict[str, Any], tuner: Any) -> tuple[Any, ...]:
    """What an autotuner keeps its choice by."""
    values = [repr(given[name]) for name in tuner.keys if name in given]
    return (*values, *(str(value.dtype) for value in given.values() if hasattr(value, "dtype")))


def _defaults(function: Any) -> dict[str, Any]:
    import inspect

    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def _bind(names: list[str], defaults: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    given = {**defaults, **dict(zip(names, args, strict=False)), **{k: v for k, v in kwargs.items() if k in names}}
    return {name: given[name] for name in names if name in given}


def _note_launch(
    record: LaunchRecord,
    function: Any,
    bound: dict[str, Any],
    constexprs: set[str],
    kwargs: dict[str, Any],
    grid: tuple[int, ...],
) -> None:
    kernel, line = function.__name__, function.__code__.co_firstlineno
    programs = 1
    for size in grid:
        programs *= size
    record.programs += programs
    if programs > 0:
        record.kernels.add(kernel)
    arguments = [{"name": name, **describe_argument(value, name in constexprs)} for name, value in bound.items()]
    options = {k: kwargs[k] for k in sorted(COMPILED_WITH & set(kwargs)) if k not in bound}
    launch = {"kernel": kernel, "line": line, "arguments": arguments, "options": options}
    record.add({**launch, "allocator": _allocator_is_set()})


def _allocator_is_set() -> bool:
    """Whether ``triton.set_allocator`` was called: on a GPU descriptors made in a kernel need memory from it."""
    from triton.runtime import _allocation

    return type(_allocation._allocator.get()).__name__ != "NullAllocator"


def _tensors(bound: dict[str, Any]) -> dict[str, torch.Tensor]:
    """By the parameter's name; those of a tuple by its name and their position."""
    found: dict[str, torch.Tensor] = {}
    queue = list(bound.items())
    while queue:
        name, value = queue.pop(0)
        value = value if isinstance(value, torch.Tensor) else getattr(value, "base", value)
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, tuple):
            queue += [(f"{name}[{position}]", item) for position, item in enumerate(value)]
    return found
