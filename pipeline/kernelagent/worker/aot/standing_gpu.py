"""A GPU that a candidate finds where there is none: in the interpreter it is judged as it would run.

Files are written for a GPU: they assert ``x.is_cuda``, allocate on ``"cuda"``, ask how many multiprocessors there are.
Here inputs answer that they lie on one, what is allocated without a device lies on the CPU, and a launch with such a
tensor fails, as it does on a GPU. In truth everything lies in the CPU's memory.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.aot.targets import Architecture, architecture, gpu_target
from kernelagent.worker.problem.tensors import address

USUAL = "sm_90"
PROCESSORS = 5
"""Multiprocessors, unless all are asked for: few, so that programs that go from block to block have several of them."""

_GPU = torch.device("cuda", 0)
_CPU = torch.device("cpu")
_KINDS = ("cuda", "xpu")
_FACTORIES = frozenset(
    {torch.empty, torch.empty_strided, torch.zeros, torch.ones, torch.full, torch.tensor, torch.arange, torch.rand}
    | {
        torch.randn,
        torch.randint,
        torch.scalar_tensor,
        torch.linspace,
        torch.eye,
        torch.as_tensor,
        torch.empty_permuted,
    }
)
"""What allocates on the CPU unless it is told where."""
_TO_GPU = (torch.Tensor.cuda, torch.Tensor.xpu)


class StandingGpu(TorchFunctionMode):
    """Enter it around what the candidate runs. Only for a process that runs candidates and ends."""

    def __init__(self, arch: str) -> None:
        super().__init__()
        self._architecture = architecture(arch) or _known(USUAL)
        self._here: dict[int, torch.UntypedStorage | torch.Tensor] = {}
        """Storages that a GPU could not see, by address; they are kept, so that no other gets it."""
        self._lasting: dict[int, torch.UntypedStorage | torch.Tensor] = {}
        """Those that were made before the calls."""
        self._paused = False
        self._properties, self._of_driver = _properties(self._architecture), _of_driver(self._architecture)
        self.operators_seen: Callable[[], int | None] = lambda: None
        """How many ATen operators another watch has seen so far; ``None``: it does not watch now."""
        self.unseen: list[str] = []
        """Functions of PyTorch's that made a tensor which that watch has not seen: somebody has switched it off."""

    def install(self) -> None:
        """Let PyTorch and Triton say that there is one."""
        _stand_in_for_torch(self._properties)
        from triton.runtime import driver

        driver.set_active(_Driver(self._architecture, self._of_driver))

    def begin(self, with_all_processors: bool = False) -> None:
        """Another call. What was made before the first one stays where it is. ``with_all_processors``: it answers that
        it has as many as the real one."""
        self._here = dict(self._lasting)
        processors = self._architecture.processors if with_all_processors else PROCESSORS
        self._properties.multi_processor_count = self._of_driver["multiprocessor_count"] = processors

    def stay(self, moved: Iterable[torch.Tensor] = ()) -> None:
        """What was made so far is not made by a call. ``moved``: what ``module.cuda()`` takes along."""
        for tensor in moved:
            self._here.pop(address(tensor), None)
        self._lasting |= self._here

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """While Triton or the judge works on tensors."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

    def refuse_from_cpu(self, tensors: dict[str, torch.Tensor]) -> None:
        """Raise what Triton raises when a kernel is launched with a tensor that a GPU can't see."""
        for name, tensor in tensors.items():
            if address(tensor) in self._here and tensor.numel():
                raise ValueError(
                    f"Pointer argument {name!r} cannot be accessed from Triton (cpu tensor?): it was made without "
                    "device=, so on a GPU it would lie in the CPU's memory"
                )

    def refuse_results(self, outputs: Any) -> None:
        """Raise where an output lies on the CPU, while the inputs lie on the GPU."""
        for leaf in tree_leaves(outputs):
            if isinstance(leaf, torch.Tensor) and leaf.numel() and self._is_here(leaf):
                raise ValueError(f"it returns a tensor of shape {tuple(leaf.shape)} on the CPU, made without device=")

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if self._paused or func is torch.device:
            return func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if name == "__get__":
            return self._asked(func, args[0], kwargs)
        if func is torch.Tensor.get_device:
            return -1 if self._is_here(args[0]) else 0
        if func in _TO_GPU:
            return self._moved(args[0], args[0], to_cpu=False)
        if func is torch.Tensor.cpu:
            return self._moved(args[0], args[0], to_cpu=True)
        wanted = _wanted(func, args, kwargs)
        before = self.operators_seen()
        result = func(*_on_cpu(args), **_on_cpu(kwargs))
        if before is not None and before == self.operators_seen() and self._makes_a_tensor(result, (args, kwargs)):
            self.unseen.append(name)
        if func is torch.Tensor.to and wanted is not None:
            return self._moved(args[0], result, to_cpu=wanted.type == "cpu")
        is_told = wanted is not None and wanted.type == "cpu"
        if is_told and isinstance(result, torch.Tensor) and self._shares(result, args):
            result = result.clone()
        if is_told or (wanted is None and (func in _FACTORIES or self._comes_from_here((args, kwargs)))):
            self._keep(result)
        return result

    def _asked(self, getter: Any, tensor: torch.Tensor, kwargs: Any) -> Any:
        asked = getter.__self__.__name__
        if asked == "device":
            return _CPU if self._is_here(tensor) else _GPU
        if asked in ("is_cuda", "is_cpu"):
            return self._is_here(tensor) == (asked == "is_cpu")
        return getter(tensor, **kwargs)

    def _is_here(self, tensor: torch.Tensor) -> bool:
        return address(tensor) in self._here

    @staticmethod
    def _shares(result: torch.Tensor, args: Any) -> bool:
        """Whether it is a view of an argument, where a GPU would have to copy."""
        own = address(result)
        return any(isinstance(leaf, torch.Tensor) and address(leaf) == own for leaf in tree_leaves(args))

    def _makes_a_tensor(self, result: Any, given: Any) -> bool:
        known = {address(t) for t in tree_leaves(given) if isinstance(t, torch.Tensor)}
        made = [t for t in tree_leaves(result) if isinstance(t, torch.Tensor) and t.numel()]
        return any(address(t) not in known for t in made)

    def _comes_from_here(self, given: Any) -> bool:
        tensors = [leaf for leaf in tree_leaves(given) if isinstance(leaf, torch.Tensor)]
        return bool(tensors) and all(map(self._is_here, tensors))

    def _keep(self, result: Any) -> None:
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self._here[address(leaf)] = leaf.untyped_storage() if leaf.layout is torch.strided else leaf

    def _moved(self, original: torch.Tensor, result: torch.Tensor, to_cpu: bool) -> torch.Tensor:
        """``result`` on the other side: a copy, which a GPU would make."""
        if self._is_here(original) == to_cpu:
            return result
        if address(result) == address(original):
            result = result.clone()
        if to_cpu:
            self._keep(result)
        else:
            self._here.pop(address(result), None)
        return result


def on_a_gpu(arch: str) -> contextlib.AbstractContextManager[Any]:
    """A context for loading a file, with a GPU that stands in for one if there is none."""
    if torch.cuda.is_available():
        return contextlib.nullcontext()
    gpu = StandingGpu(arch)
    gpu.install()
    return gpu


def _wanted(func: Any, args: Any, kwargs: Any) -> torch.device | None:
    """Where a call is told to put its result."""
    given = [kwargs.get("device"), *(args[1:] if func is torch.Tensor.to else ())]
    for value in given:
        if isinstance(value, torch.device):
            return value
        if isinstance(value, str):
            return torch.device(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return _GPU
        if isinstance(value, torch.Tensor):
            return value.device
    return None


def _on_cpu(given: Any) -> Any:
    def here(leaf: Any) -> Any:
        if isinstance(leaf, torch.device) and leaf.type in _KINDS:
            return _CPU
        return "cpu" if isinstance(leaf, str) and leaf.partition(":")[0] in _KINDS else leaf

    return tree_map(here, given)


def _known(arch: str) -> Architecture:
    found = architecture(arch)
    assert found is not None, arch
    return found


def _properties(arch: Architecture) -> types.SimpleNamespace:
    digits = int(arch.name) if isinstance(arch.name, int) else 90
    return types.SimpleNamespace(
        name="a GPU that stands in for one",
        major=digits // 10,
        minor=digits % 10,
        multi_processor_count=PROCESSORS,
        total_memory=80 << 30,
        warp_size=arch.warp_size,
        shared_memory_per_block=48 << 10,
        shared_memory_per_block_optin=arch.shared_limit,
        shared_memory_per_multiprocessor=arch.shared_limit + 1024,
        regs_per_multiprocessor=65536,
        max_threads_per_multi_processor=2048,
        L2_cache_size=50 << 20,
        gcnArchName=str(arch.name),
    )


def _of_driver(arch: Architecture) -> dict[str, int]:
    return {
        "max_shared_mem": arch.shared_limit,
        "max_num_regs": 65536,
        "multiprocessor_count": PROCESSORS,
        "warpSize": arch.warp_size,
        "sm_clock_rate": 1_700_000,
        "mem_clock_rate": 2_600_000,
        "mem_bus_width": 5120,
    }


def _stand_in_for_torch(properties: types.SimpleNamespace) -> None:
    answers: dict[str, Any] = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "get_device_name": lambda device=None: properties.name,
        "get_device_capability": lambda device=None: (properties.major, properties.minor),
        "get_device_properties": lambda device=None: properties,
        "synchronize": lambda device=None: None,
        "current_stream": lambda device=None: _Stream(),
        "default_stream": lambda device=None: _Stream(),
        "Stream": _Stream,
        "stream": contextlib.nullcontext,
        "device": _Current,
        "device_of": _Current,
    }
    for name, answer in answers.items():
        setattr(torch.cuda, name, answer)


class _Current(contextlib.nullcontext[Any]):
    """``with torch.cuda.device(x.device):``"""

    idx = 0


class _Stream:
    """Work on it is done at once."""

    cuda_stream = native_handle = priority = 0
    device = _GPU

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __repr__(self) -> str:
        return f"<torch.cuda.Stream device={self.device} cuda_stream={self.cuda_stream:#x}>"

    def synchronize(self) -> None:
        pass

    def wait_stream(self, other: Any) -> None:
        pass

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *exc: Any) -> None:
        pass


class _Driver:
    """Triton's, as far as files ask it."""

    def __init__(self, arch: Architecture, properties: dict[str, int]) -> None:
        self._arch = arch
        self.utils = types.SimpleNamespace(get_device_properties=lambda device=0: properties)

    def get_current_target(self) -> Any:
        return gpu_target(self._arch)

    def get_active_torch_device(self) -> torch.device:
        return _GPU

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: Any = None) -> int:
        return 0

    def get_device_interface(self) -> Any:
        return torch.cuda
