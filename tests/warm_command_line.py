"""The real command line in this process, with one pool of warm workers for all the calls of a test file.

What a process of its own has to show (``command_line``) are signals, closed streams, locales and interpreters; for what
a command says and leaves behind, starting Python and PyTorch anew each time is nothing but waiting.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import Done
from kernelagent.cli.group import run
from kernelagent.contract.options import Options
from kernelagent.driver import standalone
from kernelagent.driver.interpreter import find_interpreter
from kernelagent.driver.workers import WorkerPool

Warm = Callable[..., Done]


@pytest.fixture(scope="module")
def warm_pool() -> Iterator[WorkerPool]:
    with WorkerPool(sys.executable) as workers:
        workers.start()
        yield workers


def share(pool: Callable[[], WorkerPool], monkeypatch: pytest.MonkeyPatch) -> None:
    """What would start workers of its own takes those of ``pool``, but where an interpreter is named or found."""
    cold = standalone.worker_pool

    @contextmanager
    def shared(file: Path, options: Options) -> Iterator[WorkerPool]:
        path, _ = find_interpreter(file, options.interpreter)
        if Path(path) == Path(sys.executable):
            yield pool()
        else:
            with cold(file, options) as other:
                yield other

    monkeypatch.setattr(standalone, "worker_pool", shared)


@pytest.fixture
def warm(warm_pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Warm:
    """As :func:`command_line.kernelagent`."""
    share(lambda: warm_pool, monkeypatch)
    return in_this_process(monkeypatch, capsys)


def in_this_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Warm:
    """The command line without workers of its own making."""

    def kernelagent(*arguments: str | Path, cwd: Path, **extra: str) -> Done:
        with monkeypatch.context() as here:
            here.chdir(cwd)
            for name, value in {"NO_COLOR": "1", **extra}.items():
                here.setenv(name, value)
            capsys.readouterr()
            try:
                status = run([str(argument) for argument in arguments])
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else 1
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return kernelagent
