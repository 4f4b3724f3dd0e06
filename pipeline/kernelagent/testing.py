"""Keep kernels verified in your own tests.

    from kernelagent.testing import assert_kernel_equivalent

    def test_block() -> None:
        assert_kernel_equivalent("block_triton.py", "model.py::Block")

With pytest, the fixture ``kernel_equivalent`` does the same with workers that all tests of a session share.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelagent.contract.verdict import Verification
from kernelagent.driver import standalone
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import Cancelled, NotAKernelFile
from kernelagent.live.request import Request, requested

if TYPE_CHECKING:
    import torch
    from typing_extensions import Unpack

    from kernelagent.contract.option_fields import OptionFields

__all__ = ["KernelChecker", "assert_kernel_equivalent"]


def assert_kernel_equivalent(
    kernel: str | os.PathLike[str] | types.ModuleType | Callable[..., Any],
    problem: str | os.PathLike[str] | torch.nn.Module,
    example_inputs: Any = None,
    **options: Unpack[OptionFields],
) -> Verification:
    """Judge the file of ``kernel`` against ``problem``, and return the verdict where it passes.

    ``kernel``: the file, the module that was imported from it, or its ``kernel_function`` or module class. ``problem``:
    ``"file.py::Class"``, or a live module with ``example_inputs``, as for :func:`kernelagent.fuse`. ``options`` are the
    fields of :class:`kernelagent.Options`: ``cases=("example",)`` judges less. Raises ``AssertionError`` with each
    thing that is wrong, its line and how to judge it again; the catalogue's errors where it could not be judged.
    """
    with KernelChecker() as check:
        return check(kernel, problem, example_inputs, **options)


class KernelChecker:
    """:func:`assert_kernel_equivalent` many times with the same workers; a context manager that ends them."""

    def __init__(self) -> None:
        self._pools: dict[str | None, WorkerPool] = {}
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> KernelChecker:
        return self

    def __exit__(self, *raised: object) -> None:
        self._pools.clear()
        self._closing.close()

    def __call__(
        self,
        kernel: str | os.PathLike[str] | types.ModuleType | Callable[..., Any],
        problem: str | os.PathLike[str] | torch.nn.Module,
        example_inputs: Any = None,
        **options: Unpack[OptionFields],
    ) -> Verification:
        """As :func:`assert_kernel_equivalent`."""
        __tracebackhide__ = True
        file = _file_of(kernel)
        token = CancelToken()
        try:
            with (
                requested(problem, example_inputs, options, file) as request,
                cancelled_by_signals(token, ("SIGINT",)),
            ):
                pool = self._pool(request)
                found = standalone.verify_file(
                    file, request.target, request.options, pool=pool, on_event=None, cancel=token
                )
        except Cancelled:
            raise KeyboardInterrupt from None
        if found.verdict != "pass":
            raise AssertionError(_told(found, file, problem))
        return found

    def _pool(self, request: Request) -> WorkerPool:
        key = request.options.interpreter
        if key not in self._pools:
            self._pools[key] = self._closing.enter_context(standalone.worker_pool(request.target.file, request.options))
        return self._pools[key]


def _file_of(kernel: str | os.PathLike[str] | types.ModuleType | Callable[..., Any]) -> Path:
    if isinstance(kernel, (str, os.PathLike)):
        return Path(kernel)
    try:
        return Path(inspect.getfile(kernel))
    except TypeError as exc:
        raise NotAKernelFile(f"{kernel!r} was not imported from a file.", hint="Give the path of the file.") from exc


def _told(found: Verification, kernel: Path, problem: str | os.PathLike[str] | torch.nn.Module) -> str:
    """As a compiler would say it."""
    from kernelagent.cli.failure_report import failure_blocks
    from kernelagent.cli.reproduce import command_for

    again = ""
    if isinstance(problem, (str, os.PathLike)):
        case = found.failures[0].check.name.partition("values: ")[2].removesuffix(" (kernel_function)")
        named = found.judged.named if found.judged is not None else {}
        again = command_for(kernel, os.fspath(problem), case, named, found.judged_with)
    else:
        again = f"kernelagent.verify({str(kernel)!r}, module, example_inputs)"
    blocks = [block.plain for block in failure_blocks(found, kernel, again)]
    return "\n".join([f"{kernel} is not equivalent to {found.target.rpartition('::')[2]}", "", *blocks])
