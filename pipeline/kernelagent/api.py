"""The Python API: the same engine as the command line, for scripts and notebooks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.contract.python_names import in_python
from kernelagent.contract.result import ErrorInfo, Result
from kernelagent.contract.verdict import Verification
from kernelagent.driver import pipeline, standalone
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.outcome import failed_result
from kernelagent.driver.standalone import Inspection
from kernelagent.driver.store.recall import recall
from kernelagent.driver.timed_target import time_kernel
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import Cancelled, KernelAgentError
from kernelagent.live.fused import Fused
from kernelagent.live.progress import shown
from kernelagent.live.report import Report
from kernelagent.live.request import Request, named, requested

if TYPE_CHECKING:
    import torch
    from typing_extensions import Unpack

    from kernelagent.contract.option_fields import OptionFields

__all__ = [
    "Benchmark",
    "CancelToken",
    "Fused",
    "Inspection",
    "Options",
    "Report",
    "Result",
    "Verification",
    "benchmark",
    "fuse",
    "inspect",
    "verify",
]

_INTERRUPT = ("SIGINT",)
OnEvent = Callable[[Event], None]


@overload
def fuse(
    target: str | os.PathLike[str],
    example_inputs: Any = None,
    *,
    progress: bool | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[OptionFields],
) -> Result: ...
@overload
def fuse(
    target: torch.nn.Module,
    example_inputs: Any = None,
    *,
    progress: bool | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[OptionFields],
) -> Fused: ...
def fuse(
    target: str | os.PathLike[str] | torch.nn.Module,
    example_inputs: Any = None,
    *,
    progress: bool | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[OptionFields],
) -> Result | Fused:
    """Fuse a live module, or the class ``"file.py::Class"``, into a verified Triton kernel.

    ``target``: an ``nn.Module`` as it is, with its weights, modes, dtypes; or ``"file.py::Class"``, which
    is constructed as its file says. ``example_inputs``: what ``forward`` is called with once: a tensor, a tuple or list
    of positional or a dict of keyword arguments, nested as it takes them. Their shapes, dtypes and kinds of values
    count; which sizes stay free is found out. ``inputs="(torch.randn(4, 8),)"`` says it as text instead.
    ``progress``: ``None`` shows it in a notebook and on a terminal, ``True`` everywhere, ``False`` nowhere.
    ``on_event`` is handed each event, ``cancel`` ends the run from another thread, ``options`` are the fields of
    :class:`Options`.

    Returns a :class:`Fused` for a live module, a :class:`Result` for a file; also for a failure, whose ``error`` says
    what to do. The same request again is answered at once, from the run that answered it before, which
    ``result.cached`` names, and ``fresh=True`` does it anew. Raises
    ``TypeError`` for an unknown option, ``BadOption`` for a value that an
    option cannot have, and ``KeyboardInterrupt`` after the run has been written down. Worker processes live as long as
    the call.

        fused = kernelagent.fuse(module, torch.randn(4, 64), arch=("sm_90",))
        fused.module(x)

        result = kernelagent.fuse("model.py::Block")
        print(result.status, result.artifacts["run_dir"])
    """
    Options(**dict[str, Any](options))  # a wrong one is the caller's own, and no result
    asked = cancel or CancelToken()
    token = CancelToken()
    unsubscribe = asked.on_cancel(token.cancel)
    try:
        with (
            requested(target, example_inputs, options) as request,
            cancelled_by_signals(token, _INTERRUPT),
            _reader(progress, on_event) as tell,
        ):
            found = recall(request.target, request.options, on_event=tell, runs=request.runs)
            result = found or _fused(request, tell, token)
    except KernelAgentError as exc:
        result = failed_result(named(target), exc)
    finally:
        unsubscribe()
    if token.cancelled and not asked.cancelled:
        raise KeyboardInterrupt
    if result.error is not None:
        told = replace(result.error, message=_spoken(result.error.message), hint=_spoken(result.error.hint))
        result = replace(result, error=_lasting(told))
    return result if isinstance(target, (str, os.PathLike)) else Fused(result, target)


def verify(
    kernel: str | os.PathLike[str],
    problem: str | os.PathLike[str] | torch.nn.Module,
    example_inputs: Any = None,
    *,
    progress: bool | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[OptionFields],
) -> Verification:
    """Judge the kernel file ``kernel`` against ``problem``: a live module with ``example_inputs``, or a file's class,
    as for :func:`fuse`.

    The file defines ``kernel_function``, a drop-in ``<Class>Triton`` or ``ModelNew``; it is run in a sandbox. A drop-in
    that takes the class's constructor arguments is told them by ``init="(64,)"``. ``verdict`` is ``"pass"`` or
    ``"fail"``; ``failures`` say what is wrong and where. Raises the catalogue's errors
    (:mod:`kernelagent.errors`), among them ``NotAKernelFile``.
    """
    with _under_way(problem, example_inputs, options, progress, on_event, cancel, kernel) as now:
        return standalone.verify_file(
            Path(kernel), now.request.target, now.request.options, pool=now.pool, on_event=now.tell, cancel=now.token
        )


def benchmark(
    target: str | os.PathLike[str] | torch.nn.Module,
    example_inputs: Any = None,
    *,
    kernel: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[OptionFields],
) -> Benchmark:
    """Time eager, ``torch.compile`` and ``kernel`` on this machine's GPU, at the example's sizes; without a ``kernel``
    that which :func:`fuse` makes. Times are in milliseconds. Raises ``GpuNotFound``, and the catalogue's other errors.
    """
    with _under_way(target, example_inputs, options, progress, on_event, cancel, kernel) as now:
        file = None if kernel is None else Path(kernel)
        wanted = now.request.options
        return time_kernel(
            now.request.target, file, wanted, pool=now.pool, on_event=now.tell, cancel=now.token, tell=_quiet
        )


def inspect(
    target: str | os.PathLike[str] | torch.nn.Module,
    example_inputs: Any = None,
    *,
    cancel: CancelToken | None = None,
    **options: Unpack[OptionFields],
) -> Inspection:
    """What is known of a module without generating anything: ``problem`` has its inputs, outputs, state and free
    sizes, ``extraction`` the subgraphs with their operators, bytes and FLOPs. Raises the catalogue's errors, among
    them ``NotExportable``.
    """
    with _under_way(target, example_inputs, options, False, None, cancel) as now:
        return standalone.inspect(now.request.target, now.request.options, pool=now.pool, cancel=now.token)


@dataclass(frozen=True)
class _UnderWay:
    request: Request
    pool: WorkerPool
    tell: OnEvent
    token: CancelToken


@contextmanager
def _under_way(
    target: str | os.PathLike[str] | torch.nn.Module,
    example_inputs: Any,
    options: OptionFields,
    progress: bool | None,
    on_event: OnEvent | None,
    cancel: CancelToken | None,
    kernel: str | os.PathLike[str] | None = None,
) -> Iterator[_UnderWay]:
    """Workers and a token for one call; errors speak of arguments, and Ctrl-C is ``KeyboardInterrupt``."""
    asked = cancel or CancelToken()
    token = CancelToken()
    unsubscribe = asked.on_cancel(token.cancel)
    try:
        with (
            requested(target, example_inputs, options, kernel) as request,
            cancelled_by_signals(token, _INTERRUPT),
            standalone.worker_pool(request.target.file, request.options) as pool,
            _reader(progress, on_event) as tell,
        ):
            yield _UnderWay(request, pool, tell, token)
    except Cancelled:
        if asked.cancelled:
            raise
        raise KeyboardInterrupt from None
    except KernelAgentError as exc:
        exc.message, exc.remedy = _spoken(exc.message), _spoken(exc.remedy)
        exc.args = (exc.message,)
        raise
    finally:
        unsubscribe()


@contextmanager
def _reader(progress: bool | None, on_event: OnEvent | None) -> Iterator[OnEvent]:
    """Who takes the events: one of the caller's own is enough, unless both are asked for."""
    with shown(progress if on_event is None or progress else False) as show:

        def take(event: Event) -> None:
            show(event)
            if on_event is not None:
                on_event(event)

        yield take


def _fused(request: Request, tell: OnEvent, token: CancelToken) -> Result:
    with standalone.worker_pool(request.target.file, request.options) as pool:
        return pipeline.fuse(request.target, request.options, pool=pool, on_event=tell, cancel=token)


def _spoken(text: str) -> str:
    return in_python(text, {"help": "help(kernelagent.Options)"})


def _lasting(error: ErrorInfo) -> ErrorInfo:
    """Without the place in a live module's text, which has gone with the call."""
    is_there = error.file is None or os.path.exists(error.file)
    return error if is_there else replace(error, file=None, line=None)


def _quiet(message: str) -> None:
    """What a benchmark tells beside its figures is in its notes."""
